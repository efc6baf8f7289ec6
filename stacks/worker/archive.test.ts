import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { archive } from "./archive";

const KEY = "0123456789abcdef".repeat(4);
/** Above what Linux gives out (PID_MAX_LIMIT). */
const NO_PID = 2 ** 22 + 1;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "archive-"));
  vi.stubEnv("TMPDIR", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test("what a killed program left goes, what a running one made and what is no archive stays", async () => {
  const context = join(folder, "context");
  mkdirSync(context);
  writeFileSync(join(context, "Containerfile"), "FROM scratch\n");
  const left = join(folder, `copr-builders-89abcdef-${NO_PID}.tar`);
  const stay = [`copr-builders-89abcdef-${process.ppid}.tar`, `copr-builders-${NO_PID}.tar`].map((name) =>
    join(folder, name),
  );
  const young = join(folder, `copr-builders-fedcba98-${NO_PID}.tar`);
  const yesterday = Date.now() / 1000 - 86_400;
  for (const file of [left, ...stay]) {
    writeFileSync(file, "");
    utimesSync(file, yesterday, yesterday);
  }
  writeFileSync(young, "");
  const file = await archive(
    { kind: "context", folder: context, containerfile: "Containerfile", buildArgs: {}, pins: {} },
    KEY,
  );
  expect(file).toBe(join(folder, `copr-builders-01234567-${process.pid}.tar`));
  expect(existsSync(file ?? "")).toBe(true);
  expect(existsSync(left)).toBe(false);
  expect([...stay, young].map((path) => existsSync(path))).toEqual([true, true, true]);
});
