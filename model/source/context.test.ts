import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { contextFiles, digestContext } from "./context";

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "context-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const hashContext = async (made: string): Promise<string> => (await digestContext(made)).hash;

/** Makes a folder with these files, in this order. */
function folder(name: string, files: Readonly<Record<string, string>>): string {
  const made = path.join(root, name);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(made, file)), { recursive: true });
    writeFileSync(path.join(made, file), text);
  }
  return made;
}

const FILES = {
  Containerfile: "FROM scratch\n",
  "a/b": "1",
  "a-b": "2",
  ä: "3",
  B: "4",
  "@odd": "5",
  "run.sh": "#!/bin/sh\n",
};

describe("the files of a context", () => {
  it("are sorted by the bytes of their paths, with links, executable bits and empty folders", async () => {
    const made = folder("x", FILES);
    chmodSync(path.join(made, "run.sh"), 0o700);
    symlinkSync("a/b", path.join(made, "link"));
    symlinkSync("/nowhere", path.join(made, "broken"));
    mkdirSync(path.join(made, "empty/inside"), { recursive: true });
    expect(await contextFiles(made)).toEqual([
      { kind: "file", path: "@odd", executable: false },
      { kind: "file", path: "B", executable: false },
      { kind: "file", path: "Containerfile", executable: false },
      { kind: "file", path: "a-b", executable: false },
      { kind: "file", path: "a/b", executable: false },
      { kind: "link", path: "broken", target: "/nowhere" },
      { kind: "folder", path: "empty/inside" },
      { kind: "link", path: "link", target: "a/b" },
      { kind: "file", path: "run.sh", executable: true },
      { kind: "file", path: "ä", executable: false },
    ]);
  });

  it("are those that the ignore file leaves, and always itself and the Containerfile", async () => {
    const ignore = "*\n!src\nsrc/**/*.o\n!src/keep.o\n";
    const made = folder("x", {
      ".containerignore": ignore,
      ".dockerignore": "",
      "deep/Containerfile": "FROM scratch\n",
      "deep/other": "",
      "src/main.c": "",
      "src/x/main.o": "",
      "src/keep.o": "",
      "node_modules/big": "",
    });
    const names = (await contextFiles(made, "deep/Containerfile")).map((file) => file.path);
    expect(names).toEqual([".containerignore", "deep/Containerfile", "src/keep.o", "src/main.c"]);
  });

  it("are all on the way to a Containerfile behind links, of folders too", async () => {
    const made = folder("x", {
      "real/v2/Containerfile": "FROM scratch\n",
      "real/other": "",
      ".containerignore": "*\n",
    });
    symlinkSync("v2", path.join(made, "real/latest"));
    symlinkSync("real/latest", path.join(made, "build"));
    const names = async () => (await contextFiles(made, "build/Containerfile")).map((file) => file.path);
    expect(await names()).toEqual([".containerignore", "build", "real/latest", "real/v2/Containerfile"]);
    const before = (await digestContext(made, "build/Containerfile")).hash;
    writeFileSync(path.join(made, "real/v2/Containerfile"), "FROM other\n");
    expect((await digestContext(made, "build/Containerfile")).hash).not.toBe(before);
    rmSync(path.join(made, "real/v2/Containerfile"));
    await expect(names()).rejects.toThrow("x/build/Containerfile is not there");
  });

  it("are beside the folder too: a Containerfile from elsewhere, with the ignore file that is there", async () => {
    const made = folder("x/files", { Containerfile: "", a: "", b: "", "c.log": "", ".containerignore": "*.log\n" });
    folder("x", { "far/C": "FROM scratch\n" });
    const names = async (file: string) => (await contextFiles(made, file)).map((one) => one.path);
    expect(await names("../far/C")).toEqual(["../C", ".containerignore", "Containerfile", "a", "b"]);
    folder("x", { "far/C.dockerignore": "a\n.containerignore\n" });
    const wanted = ["../C", "../C.dockerignore", "Containerfile", "b", "c.log"];
    expect(await names("../far/C")).toEqual(wanted);
    expect(await names(path.join(root, "x/far/C"))).toEqual(wanted);
    // A link in the folder is as good, and what stands beside the link counts.
    symlinkSync("../far/C", path.join(made, "linked"));
    expect(await names("linked")).toEqual(["../linked", ".containerignore", "Containerfile", "a", "b", "linked"]);
    const hashes = async () => [await digestContext(made, "../far/C"), await digestContext(made, "linked")];
    const before = await hashes();
    folder("x", { "far/C": "FROM other\n" });
    (await hashes()).forEach(({ hash }, index) => expect(hash).not.toBe(before[index]?.hash));
    await expect(names("../far/none")).rejects.toThrow(`${root}/x/far/none is not there; name the Containerfile`);
  });

  it("have names in UTF-8, unless nobody sees them", async () => {
    const made = folder("x", { Containerfile: "", "a/b": "" });
    writeFileSync(Buffer.concat([Buffer.from(`${made}/a/`), Buffer.from([0xe9])]), "");
    await expect(contextFiles(made)).rejects.toThrow(/a\/\uFFFD: its name is not UTF-8; rename it/);
    writeFileSync(path.join(made, ".containerignore"), "a/*\n");
    expect((await contextFiles(made)).map((file) => file.path)).toEqual([".containerignore", "Containerfile"]);
  });

  it("must be files, and one of them the Containerfile", async () => {
    const made = folder("x", { Containerfile: "" });
    await expect(contextFiles(made, "Other")).rejects.toThrow(`${made}/Other is not there; name the Containerfile`);
    await expect(contextFiles(path.join(root, "none"))).rejects.toThrow(
      "what source.context and source.contexts name must be folders",
    );
    execFileSync("mkfifo", [path.join(made, "pipe")]);
    await expect(contextFiles(made)).rejects.toThrow(`${made}/pipe is no file, folder or link; remove it`);
  });
});

describe("the hash of a context", () => {
  it("is the same for the same files, whatever their order, times and owner bits", async () => {
    const one = folder("one", FILES);
    const two = folder("two", Object.fromEntries(Object.entries(FILES).reverse()));
    utimesSync(path.join(two, "a/b"), new Date(0), new Date(0));
    chmodSync(path.join(two, "a-b"), 0o600);
    expect(await hashContext(one)).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashContext(two)).toBe(await hashContext(one));
  });

  it("differs with every path, content, executable bit, link and kind", async () => {
    const variants = [
      folder("0", FILES),
      folder("1", { ...FILES, "a/b": "x" }),
      folder("2", { ...FILES, new: "" }),
      folder("3", { ...FILES, "a/c": "1" }),
      folder("4", FILES),
      folder("5", FILES),
      folder("6", FILES),
      folder("7", { ...FILES, link: "a/b" }),
      folder("8", FILES),
      folder("9", { ...FILES, link: "" }),
    ];
    mkdirSync(path.join(variants[8]!, "link"));
    chmodSync(path.join(variants[4]!, "run.sh"), 0o755);
    symlinkSync("a/b", path.join(variants[5]!, "link"));
    symlinkSync("B", path.join(variants[6]!, "link"));
    const hashes = await Promise.all(variants.map((made) => hashContext(made)));
    expect(new Set(hashes).size).toBe(variants.length);
  });

  it("is the one that builds of today were made from", async () => {
    const made = folder("x", { Containerfile: "FROM scratch\n", "run.sh": "" });
    chmodSync(path.join(made, "run.sh"), 0o755);
    symlinkSync("run.sh", path.join(made, "link"));
    // Another one would build everything again.
    expect(await digestContext(made)).toEqual({
      hash: "ad5c8a38547d27067c312734079a6d2f68f8e4a4c04f99f440ca0964134e030c",
      files: expect.objectContaining({ "run.sh": expect.stringMatching(/^[0-9a-f]{12}$/) }),
    });
  });

  it("does not see a folder that is ignored, or that has nothing but what is", async () => {
    const made = folder("x", { ...FILES, ".dockerignore": "out\n**/*.pyc\n" });
    const before = await hashContext(made);
    mkdirSync(path.join(made, "out"));
    folder("x", { "a/__pycache__/a.pyc": "1" });
    expect(await hashContext(made)).toBe(before);
  });

  it("does not see ignored files", async () => {
    const made = folder("x", { ...FILES, ".dockerignore": "*.log\nout/\n" });
    const before = await hashContext(made);
    folder("x", { "build.log": "1", "out/x": "1" });
    expect(await hashContext(made)).toBe(before);
    folder("x", { "a/build.log": "seen: patterns are anchored at the top" });
    expect(await hashContext(made)).not.toBe(before);
  });
});
