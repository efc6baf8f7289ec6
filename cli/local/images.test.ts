import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashOf } from "./images";

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
