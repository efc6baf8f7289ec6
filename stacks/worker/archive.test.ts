import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { digestContext } from "../../model/source";
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
  const left = join(folder, `copr-builders-89abcdef-${NO_PID}-Abc123`);
  const stay = [`copr-builders-89abcdef-${process.ppid}-Abc123`, `copr-builders-${NO_PID}-Abc123`].map((name) =>
    join(folder, name),
  );
  const young = join(folder, `copr-builders-fedcba98-${NO_PID}-Abc123`);
  const yesterday = Date.now() / 1000 - 86_400;
  for (const made of [left, ...stay, young]) {
    mkdirSync(made);
    writeFileSync(join(made, "context.tar"), "");
  }
  for (const old of [left, ...stay]) utimesSync(old, yesterday, yesterday);
  const source = { kind: "context", folder: context, containerfile: "Containerfile", buildArgs: {}, pins: {} } as const;
  const found = await archive({ ...source, context: await digestContext(context) }, KEY);
  expect(found?.file).toMatch(new RegExp(`^${folder}/copr-builders-01234567-${process.pid}-\\w{6}/context.tar$`));
  const bytes = readFileSync(found?.file ?? "");
  expect(found?.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
  // Nobody else reads what is being packed, or puts something in its place.
  expect(statSync(dirname(found?.file ?? "")).mode & 0o777).toBe(0o700);
  expect(existsSync(left)).toBe(false);
  expect([...stay, young].map((path) => existsSync(path))).toEqual([true, true, true]);
});

test("a context that is not what it was known as is forgotten: the next run reads it again", async () => {
  const context = join(folder, "context");
  mkdirSync(context);
  writeFileSync(join(context, "Containerfile"), "FROM scratch\n");
  const source = { kind: "context", folder: context, containerfile: "Containerfile", buildArgs: {}, pins: {} } as const;
  const cache = join(folder, "cache");
  const later = () => new Date(Date.now() + 60_000);
  const known = await digestContext(context, undefined, { cache, now: later });
  await archive({ ...source, context: known }, KEY, cache);
  expect(existsSync(cache)).toBe(true);
  await expect(archive({ ...source, context: { hash: "0".repeat(64) } }, KEY, cache)).rejects.toThrow("has changed");
  expect(existsSync(cache)).toBe(false);
});
