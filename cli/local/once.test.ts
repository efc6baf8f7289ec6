import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashOf, madeOnce } from "./once";

describe("hashOf", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "hash-"));
    mkdirSync(join(folder, "sub"));
    writeFileSync(join(folder, "sub/file"), "text", { mode: 0o644 });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it.each<[string, () => void]>([
    ["a file's content", () => writeFileSync(join(folder, "sub/file"), "other")],
    ["a file's mode", () => chmodSync(join(folder, "sub/file"), 0o755)],
    ["a new file", () => writeFileSync(join(folder, "new"), "")],
  ])("changes with %s", (_, change) => {
    const before = hashOf([folder]);
    expect(hashOf([folder])).toBe(before);
    change();
    expect(hashOf([folder])).not.toBe(before);
  });

  it("doesn't change with a test: the images would be built again for nothing", () => {
    const before = hashOf([folder]);
    writeFileSync(join(folder, "file.test.ts"), "");
    expect(hashOf([folder])).toBe(before);
  });
});

describe("madeOnce", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "once-"));
    writeFileSync(join(folder, "source"), "one");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  async function made(also: readonly string[] = []): Promise<{ readonly folder: string; readonly again: boolean }> {
    let again = false;
    const make = (target: string): Promise<void> => {
      again = true;
      writeFileSync(join(target, "file"), "");
      return Promise.resolve();
    };
    return {
      folder: await madeOnce({ within: join(folder, "made"), sources: [join(folder, "source")], also, make }),
      again,
    };
  }

  it("makes it again where the source or what else decides has changed, and keeps one", async () => {
    const first = await made();
    expect(first.again).toBe(true);
    expect(await made()).toEqual({ ...first, again: false });
    writeFileSync(join(folder, "source"), "two");
    const second = await made();
    expect(second.again).toBe(true);
    const third = await made(["more"]);
    expect(third.again).toBe(true);
    expect(readdirSync(join(folder, "made"))).toEqual([basename(third.folder)]);
  });

  it("doesn't take a half-made one for whole", async () => {
    const half = madeOnce({
      within: join(folder, "made"),
      sources: [join(folder, "source")],
      make: () => Promise.reject(new Error("no room")),
    });
    await expect(half).rejects.toThrow("no room");
    expect((await made()).again).toBe(true);
  });
});
