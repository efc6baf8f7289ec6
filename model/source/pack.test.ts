import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { digestContext, digestNamedContext } from "./context";
import { packContext } from "./pack";

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "pack-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const LONG = `deep/${"a-long-name-that-needs-a-header-of-its-own/".repeat(5)}file`;
const FILES = {
  Containerfile: "FROM scratch\n",
  "a/b": "1",
  "a-b": "2",
  ä: "3",
  B: "4",
  "@odd": "5",
  [LONG]: "6",
  "run.sh": "#!/bin/sh\n",
};

/** A context with every kind of member. */
function folder(name: string, files: Readonly<Record<string, string>> = FILES): string {
  const made = path.join(root, name);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(made, file)), { recursive: true });
    writeFileSync(path.join(made, file), text);
  }
  chmodSync(path.join(made, "run.sh"), 0o775);
  symlinkSync("a/b", path.join(made, "link"));
  mkdirSync(path.join(made, "empty/inside"), { recursive: true });
  symlinkSync("/nowhere/../at all", path.join(made, "broken"));
  return made;
}

it("has equal bytes for equal contexts, and holds what is hashed", async () => {
  const one = folder("one");
  linkSync(path.join(one, "B"), path.join(one, "hard"));
  const two = folder("two", { ...Object.fromEntries(Object.entries(FILES).reverse()), hard: "4" });
  chmodSync(path.join(two, "run.sh"), 0o711);
  chmodSync(path.join(two, "B"), 0o600);
  utimesSync(path.join(two, "B"), new Date(0), new Date(0));

  const [first, second] = [path.join(root, "out/1.tar"), path.join(root, "out/2.tar")];
  const digest = await digestContext(one);
  const { sha256, ...places } = await packContext(one, first, digest);
  expect(places).toEqual({ containerfile: "Containerfile", named: {} });
  expect(sha256).toBe(createHash("sha256").update(readFileSync(first)).digest("hex"));
  expect((await packContext(two, second, { hash: digest.hash })).sha256).toBe(sha256);
  expect(readFileSync(first).equals(readFileSync(second))).toBe(true);

  const list = execFileSync("tar", ["--numeric-owner", "--utc", "-tvf", first], { encoding: "utf8" });
  const lines = list
    .trim()
    .split("\n")
    .map((line) => line.replace(/\s+/g, " "));
  expect(lines).toContain("-rwxr-xr-x 0/0 10 1970-01-01 00:00 ./run.sh");
  expect(lines).toContain("-rw-r--r-- 0/0 1 1970-01-01 00:00 ./hard");
  const unpacked = path.join(root, "unpacked");
  mkdirSync(unpacked);
  execFileSync("tar", ["-xf", first, "-C", unpacked]);
  expect(await digestContext(unpacked)).toEqual(digest);
});

const changes: Readonly<Record<string, readonly [(at: (file: string) => string) => void, string]>> = {
  "a file is saved": [(at) => writeFileSync(at("a/b"), "2"), "a/b is changed"],
  "a file is saved with its old time": [
    (at) => (writeFileSync(at("B"), "5"), utimesSync(at("B"), new Date(0), new Date(0))),
    "B is changed",
  ],
  "a file comes": [(at) => writeFileSync(at("new"), ""), "new is new"],
  "a file goes": [(at) => rmSync(at("a-b")), "a-b is gone"],
  "a file may be run": [(at) => chmodSync(at("B"), 0o755), "B is changed"],
  "a script may not be run any more": [(at) => chmodSync(at("run.sh"), 0o644), "run.sh is changed"],
  "a link points elsewhere": [(at) => (rmSync(at("link")), symlinkSync("B", at("link"))), "link is changed"],
  "a link becomes what it points at": [(at) => (rmSync(at("link")), writeFileSync(at("link"), "1")), "link is changed"],
  "a file gets another name": [(at) => renameSync(at("B"), at("C")), "B is gone, C is new"],
  "a file is hidden by the ignore file": [
    (at) => writeFileSync(at(".containerignore"), "B\n"),
    "B is gone, .containerignore is new",
  ],
};

it.each(Object.keys(changes))("is refused where between hash and pack %s", async (what) => {
  const made = folder("x");
  const archive = path.join(root, "out/x.tar");
  const digest = await digestContext(made);
  const [change, words] = changes[what]!;
  change((file) => path.join(made, file));
  const refused = await packContext(made, archive, digest).then(() => "packed", String);
  expect(refused).toBe(
    `ContextChangedError: the context ${made} has changed since this run began: ${words}. Nothing is built from a mixture: ` +
      'let the files be for a moment and run "pulumi up" again',
  );
  expect(readdirSync(path.dirname(archive))).toEqual([]);
});

it("is refused where the hash alone is known, and where a file goes while it is packed", async () => {
  const made = folder("x");
  const { hash, files } = await digestContext(made);
  writeFileSync(path.join(made, "B"), "changed");
  await expect(packContext(made, path.join(root, "x.tar"), { hash })).rejects.toThrow("too many files to tell which");
  writeFileSync(path.join(made, "B"), "4");
  // Too long to be read before the next line: the walk has seen it, the packing does not find it.
  const packing = packContext(made, path.join(root, "y.tar"), { hash, files });
  await new Promise((resolve) => setImmediate(resolve));
  rmSync(path.join(made, "run.sh"));
  await expect(packing).rejects.toThrow("run.sh is gone");
});

it("names some of very many", async () => {
  const made = folder("x");
  const digest = await digestContext(made);
  for (let n = 0; n < 25; n++) writeFileSync(path.join(made, `z${n}`), "");
  await expect(packContext(made, path.join(root, "x.tar"), digest)).rejects.toThrow(/z0 is new, .*, 15 more\./);
});

it("is not there if it could not be finished", async () => {
  const made = folder("x");
  const archive = path.join(root, "taken");
  mkdirSync(path.join(archive, "full"), { recursive: true });
  const packing = packContext(made, archive, await digestContext(made));
  await expect(packing).rejects.toThrow(`the context ${made} can't be packed into ${archive}`);
  expect(existsSync(`${archive}.part`)).toBe(false);
});

it("a context that is a link to a folder is that folder", async () => {
  const made = folder("one");
  const link = path.join(root, "link");
  symlinkSync(made, link);
  const digest = await digestContext(link);
  expect(digest).toEqual(await digestContext(made));
  const [first, second] = [path.join(root, "1.tar"), path.join(root, "2.tar")];
  expect(await packContext(link, first, digest)).toEqual(await packContext(made, second, digest));
});

it("holds a Containerfile from outside with its ignore file, and folders with names of their own, beside the context", async () => {
  const made = folder("one/files");
  symlinkSync("real", path.join(root, "one/C"));
  writeFileSync(path.join(root, "one/real"), "FROM scratch\n");
  writeFileSync(path.join(root, "one/C.containerignore"), "B\n");
  const shared = path.join(root, "shared");
  mkdirSync(path.join(shared, "empty"), { recursive: true });
  for (const name of ["a", "b.log"]) writeFileSync(path.join(shared, name), name);
  writeFileSync(path.join(shared, ".dockerignore"), "*.log\n.dockerignore\n");
  const contexts = { files: { folder: shared, context: await digestNamedContext(shared) } };
  const digest = await digestContext(made, "../C");
  const archive = path.join(root, "x.tar");
  const pack = () => packContext(made, archive, digest, "../C", contexts);
  const packed = await pack();
  expect(packed).toMatchObject({
    ...{ folder: "context", containerfile: "containerfile/C", named: { files: "contexts/0" } },
  });
  const names = execFileSync("tar", ["-tf", archive], { encoding: "utf8" }).trim().split("\n");
  expect(names.filter((name) => !name.startsWith("context/"))).toEqual([
    ...["containerfile/C", "containerfile/C.containerignore", "contexts/0/", "contexts/0/a", "contexts/0/empty/"],
  ]);
  expect(names).toContain("context/run.sh");
  expect(names).not.toContain("context/B");
  expect(execFileSync("tar", ["-xOf", archive, "containerfile/C"], { encoding: "utf8" })).toBe("FROM scratch\n");
  expect((await pack()).sha256).toBe(packed.sha256);

  writeFileSync(path.join(root, "one/real"), "FROM other\n");
  await expect(pack()).rejects.toThrow(`${made} has changed since this run began: ../C is changed`);
  writeFileSync(path.join(root, "one/real"), "FROM scratch\n");
  writeFileSync(path.join(shared, "a"), "other");
  await expect(pack()).rejects.toThrow(`${shared} has changed since this run began: a is changed`);
});
