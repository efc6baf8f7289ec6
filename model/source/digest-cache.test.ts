import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import * as path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestContext, digestNamedContext } from "./context";
import { forgetDigests } from "./digest-cache";

let base: string;
let made: string;
let cache: string;
beforeEach(() => {
  // On a disk: what is on tmpfs, as /tmp may be, is read each time.
  base = mkdtempSync(path.join("/var/tmp", "digest-cache-"));
  made = path.join(base, "context");
  cache = path.join(base, "cache/contexts");
  mkdirSync(path.join(made, "inside"), { recursive: true });
  for (const name of ["Containerfile", "a", "inside/b"]) writeFileSync(path.join(made, name), `it is ${name}`);
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

/** The hash, and how many files were read for it: each takes three seconds of a clock that is well ahead of the files' times. */
async function digest({ ahead = 60_000, folder = cache, named = false } = {}) {
  let seconds = 0;
  const lines: string[] = [];
  const reading = {
    cache: folder,
    say: (line: string) => Promise.resolve(void lines.push(line)),
    now: () => new Date(Date.now() + ahead + (seconds += 3) * 1000),
  };
  const { hash } = await (named ? digestNamedContext(made, reading) : digestContext(made, undefined, reading));
  return { hash, read: Number(/: (\d+) of/.exec(lines.at(-1) ?? ": 0 of")?.[1]), lines };
}
const withoutCache = async (): Promise<string> => (await digestContext(made)).hash;
const cacheFile = (): string => path.join(cache, readdirSync(cache)[0] ?? "");

test("a file that is as it was is not read again, one that is changed, new or renamed is", async () => {
  const first = await digest();
  expect(first).toMatchObject({ hash: await withoutCache(), read: 3 });
  expect(first.lines.at(-1)).toBe(`reading ${made}: 3 of 3 files, 0.0 of 0.0 GB`);
  expect(await digest()).toEqual({ hash: first.hash, read: 0, lines: [] });
  writeFileSync(path.join(made, "a"), "it is b");
  writeFileSync(path.join(made, "new"), "");
  renameSync(path.join(made, "inside/b"), path.join(made, "inside/c"));
  expect(await digest()).toMatchObject({ hash: await withoutCache(), read: 3 });
  expect(await digest()).toMatchObject({ hash: await withoutCache(), read: 0 });
});

test("the same size and time of writing are not enough", async () => {
  const file = path.join(made, "a");
  utimesSync(file, 1000, 1000);
  const { hash } = await digest();
  writeFileSync(file, "it is z");
  utimesSync(file, 1000, 1000);
  expect(await digest()).toMatchObject({ hash: await withoutCache(), read: 1 });
  expect(await withoutCache()).not.toBe(hash);
});

test("a file that was written just now is read again: another writing in the same tick would not show", async () => {
  expect((await digest({ ahead: -600_000 })).read).toBe(3);
  expect((await digest({ ahead: -600_000 })).read).toBe(3);
  // One from the future is no better.
  await digest();
  utimesSync(path.join(made, "a"), new Date(), new Date(Date.now() + 86_400_000));
  expect((await digest()).read).toBe(1);
  expect((await digest()).read).toBe(1);
});

test("a folder with another Containerfile, or by a name of its own, has a memory of its own", async () => {
  await digest();
  expect((await digest({ named: true })).read).toBe(3);
  expect((await digest({ named: true })).read).toBe(0);
  expect((await digest()).read).toBe(0);
  expect(readdirSync(cache)).toHaveLength(2);
});

test("it is this user's alone, and has no names or contents", async () => {
  await digest();
  expect([cache, cacheFile()].map((file) => statSync(file).mode & 0o777)).toEqual([0o700, 0o600]);
  expect(readFileSync(cacheFile(), "utf8")).not.toMatch(/context|inside|Containerfile|it is/);
});

test.each([
  ["has another digit", (file: string) => writeFileSync(file, readFileSync(file, "utf8").replace(/(":")./, "$1x"))],
  ["has another digest", (file: string) => writeFileSync(file, swapped(readFileSync(file, "utf8")))],
  ["is cut", (file: string) => truncateSync(file, 100)],
  ["is empty", (file: string) => truncateSync(file, 0)],
  ["is something else", (file: string) => writeFileSync(file, "[]")],
  ["is too large", (file: string) => truncateSync(file, 2 ** 40)],
  ["is gone", (file: string) => rmSync(file)],
  ["is a folder", (file: string) => (rmSync(file), mkdirSync(path.join(file, "inside"), { recursive: true }))],
])("a memory that %s is none", async (_, damage) => {
  const { hash } = await digest();
  damage(cacheFile());
  expect(await digest()).toMatchObject({ hash, read: 3 });
});

/** Two files' digests change their places: right in form. */
function swapped(text: string): string {
  const [one = "", two = ""] = [...text.matchAll(/:"([0-9a-f]{64})"/g)].map(([, digest]) => digest).slice(1);
  return text.replace(one, "x").replace(two, one).replace("x", two);
}

test("where nothing can be kept, everything is read", async () => {
  writeFileSync(path.join(base, "file"), "");
  const taken = path.join(base, "file/contexts");
  expect(await digest({ folder: taken })).toMatchObject({ hash: await withoutCache(), read: 3 });
  expect((await digest({ folder: taken })).read).toBe(3);
  // A link could lead to a folder where others write.
  mkdirSync(path.join(base, "elsewhere"));
  symlinkSync("elsewhere", path.join(base, "link"));
  await digest({ folder: path.join(base, "link") });
  expect(readdirSync(path.join(base, "elsewhere"))).toEqual([]);
});

test("it stays small: the oldest go, and what killed runs left", async () => {
  mkdirSync(cache, { recursive: true });
  for (let index = 0; index < 100; index++) {
    writeFileSync(path.join(cache, `${index}.json.${index}`), "{");
    utimesSync(path.join(cache, `${index}.json.${index}`), index, index);
  }
  await digest();
  expect(readdirSync(cache)).toHaveLength(64);
  expect(readdirSync(cache)).toContain("99.json.99");
  expect((await digest()).read).toBe(0);
});

test("it can be forgotten, and was not needed", async () => {
  await digest();
  await forgetDigests(cache);
  expect((await digest()).read).toBe(3);
  await forgetDigests(path.join(base, "none"));
});

test("a link, a mode and what is gone count, remembered or not", async () => {
  await digest();
  rmSync(path.join(made, "a"));
  symlinkSync("nowhere", path.join(made, "b"));
  // It may be another file meanwhile.
  chmodSync(path.join(made, "inside/b"), 0o755);
  expect(await digest()).toMatchObject({ hash: await withoutCache(), read: 1 });
});
