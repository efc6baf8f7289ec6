import { lstatSync, mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { InnerLog, logPath } from "./inner-log";

let base: string;
let environment: NodeJS.ProcessEnv;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "builders-log-"));
  environment = { XDG_STATE_HOME: join(base, "state") };
});

test("in the project where it has a place for that, else among the user's own files, for that user alone", () => {
  const own = logPath(undefined, "dev.a.1", environment);
  expect(own).toBe(join(base, "state/copr-builders/logs/dev.a.1.log"));
  expect(logPath(base, "dev.a.1", environment)).toBe(own);
  mkdirSync(join(base, ".local"));
  const inProject = logPath(base, "dev.a.1", environment);
  expect(inProject).toBe(join(base, ".local/logs/dev.a.1.log"));
  new InnerLog(inProject).add("line");
  expect([lstatSync(join(base, ".local/logs")).mode & 0o777, lstatSync(inProject).mode & 0o777]).toEqual([
    0o700, 0o600,
  ]);
});

test("a place in the project that somebody else has made is not ours to write to", () => {
  mkdirSync(join(base, ".local"));
  mkdirSync(join(base, "theirs"));
  symlinkSync(join(base, "theirs"), join(base, ".local/logs"));
  expect(logPath(base, "dev.a.1", environment)).toContain("/state/copr-builders/logs/");
});
