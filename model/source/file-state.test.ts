import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { expect, test } from "vitest";
import { stateKey } from "./file-state";

test("times that the maker of an image has chosen tell nothing: such a file is read each time", () => {
  const base = mkdtempSync(path.join(tmpdir(), "file-state-"));
  const file = path.join(base, "a");
  writeFileSync(file, "a");
  const key = (mtimeNs: bigint, ctimeNs: bigint) =>
    stateKey(file, Object.assign(statSync(file, { bigint: true }), { mtimeNs, ctimeNs }));
  const second = 1_700_000_000_000_000_000n;
  try {
    // SquashFS and EROFS, as overlayfs shows them.
    expect([key(0n, 0n), key(second, second)]).toEqual([undefined, undefined]);
    // Unpacked or copied with its times; written just now.
    expect(key(second, second + 1n)).toMatch(/^[0-9a-f]{64}$/);
    expect(key(second + 1n, second + 1n)).toMatch(/^[0-9a-f]{64}$/);
  } finally {
    rmSync(base, { recursive: true });
  }
});
