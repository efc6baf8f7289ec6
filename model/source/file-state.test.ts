import { mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { expect, test } from "vitest";
import { stateKey } from "./file-state";

/** Where the usual folder for temporary files may be on tmpfs. */
const ON_DISK = "/var/tmp";
const SHARED_MEMORY = "/dev/shm";
const TMPFS = 0x0102_1994;

test.runIf(statfsSync(SHARED_MEMORY).type === TMPFS)(
  "a file on tmpfs is read each time: no time of it says that it was changed through a mapping",
  () => {
    const base = mkdtempSync(path.join(SHARED_MEMORY, "file-state-"));
    try {
      writeFileSync(path.join(base, "a"), "a");
      expect(stateKey(path.join(base, "a"), statSync(path.join(base, "a"), { bigint: true }))).toBeUndefined();
    } finally {
      rmSync(base, { recursive: true });
    }
  },
);

test("times that the maker of an image has chosen tell nothing: such a file is read each time", () => {
  const base = mkdtempSync(path.join(ON_DISK, "file-state-"));
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
