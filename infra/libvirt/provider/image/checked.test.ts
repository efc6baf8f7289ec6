/** Of what was written every byte is checked or made zero, whatever the record says of the disk and the hypervisor has. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { MIB } from "../../../../contract/sizes";
import { decode } from "../../../../provider/codec";
import { fakeCall, fakeStore } from "../../../../provider/fake-store";
import { libvirtImageHandler } from "./handler";
import { type FakeHypervisor, fakeHypervisor } from "./testing/hypervisor";
import { zstdCompress } from "./zstd-for-tests";

const NAME = "copr-builder-x86_64-g1-01234567";
/** With data at its beginning and in its middle, and a hole where it ends, off a MiB. */
const DISK = Buffer.alloc(26 * MIB + 123);
for (const at of [0, 12 * MIB + 5, 24 * MIB]) DISK.fill("data", at, at + 4096);
const STRETCHES = [
  [0, 1],
  [12, 1],
  [24, 1],
] as const;
const sha256 = (...parts: readonly Buffer[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");
const WITH_DATA = {
  data: {
    stretches: STRETCHES,
    sha256: sha256(...STRETCHES.map(([first, count]) => DISK.subarray(first * MIB, (first + count) * MIB))),
  },
};
const WRONG_DATA = 12 * MIB + 9;
const WRONG_HOLE = 5 * MIB;
const LAST_BYTE_OF_HOLE = 24 * MIB - 1;
const LAST_BYTE = DISK.length - 1;

let server: Server;
let hypervisor: FakeHypervisor;
let bin: string;

beforeAll(async () => {
  const packed = zstdCompress(DISK);
  server = createServer((_, response) => response.end(packed));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => server.close());
beforeEach(() => {
  hypervisor = fakeHypervisor();
  bin = hypervisor.env.PATH?.split(":")[0] ?? "";
});

/** A command of the hypervisor; `$real` is the one of this machine. */
function replace(command: string, text: string): void {
  const real = execFileSync("sh", ["-c", `command -v ${command}`], { encoding: "utf8" }).trim();
  writeFileSync(join(bin, command), `#!/bin/sh\nreal=${real}\n${text}\n`);
  chmodSync(join(bin, command), 0o755);
}

/** What is unpacked gets another byte. */
function spoil(at: number): void {
  replace("zstd", `"$real" "$@" || exit; printf X | dd of="$7" bs=1 seek=${at} conv=notrunc status=none`);
}

async function pull(more: object): Promise<void> {
  const { port } = server.address() as { port: number };
  const url = `http://127.0.0.1:${port}/disk`;
  const handler = libvirtImageHandler({
    run: hypervisor.run,
    now: Date.now,
    openStore: () => ({ ...fakeStore({}), presignGet: () => Promise.resolve(url) }),
  });
  const disk = { sizeBytes: DISK.length, sha256: sha256(DISK), ...more };
  const place = { uri: "qemu:///system", pool: "images", name: NAME };
  const owner = { identity: "abcdefgh2345", resource: NAME };
  const object = { object: "disks/k.raw.zst", sizeBytes: 1 };
  await handler.create(
    decode({ ...disk, ...place, owner, object, store: { bucket: "b", region: "r" } }),
    fakeCall("urn:pulumi:dev::p::builders:index:LibvirtImage::i"),
  );
}

const volume = (): Buffer => readFileSync(join(hypervisor.images, NAME));
/** Bytes that were hashed. */
const hashed = (): number => statSync(join(bin, "hashed")).size;
const countHashed = (): void => replace("openssl", `tee "$(dirname "$0")/hashed" | "$real" "$@"`);

test("holes are not read where the record says where the data is", async () => {
  countHashed();
  await pull(WITH_DATA);
  expect(hashed()).toBe(3 * MIB);
  expect(volume().equals(DISK)).toBe(true);
});

test.each([
  ["of a record of a version before", {}, (): void => undefined],
  ["on a file system without holes", WITH_DATA, (): void => replace("fallocate", "exit 1")],
])("all is read %s", async (_what, more, prepare) => {
  countHashed();
  prepare();
  await pull(more);
  expect(hashed()).toBe(DISK.length);
  expect(volume().equals(DISK)).toBe(true);
});

test.each([
  ["in the data", WRONG_DATA, WITH_DATA, (): void => undefined, /the disk's data has sha256/],
  ["in the data of a record of a version before", WRONG_DATA, {}, (): void => undefined, /the disk has sha256/],
  ["in a hole of a record of a version before", WRONG_HOLE, {}, (): void => undefined, /the disk has sha256/],
  [
    "in a hole on a file system without holes",
    WRONG_HOLE,
    WITH_DATA,
    (): void => replace("fallocate", "exit 1"),
    /the disk has sha256/,
  ],
])("a byte that was written wrong is found: %s", async (_what, at, more, prepare, message) => {
  spoil(at);
  prepare();
  await expect(pull(more)).rejects.toThrow(message);
  expect(readdirSync(hypervisor.images)).toEqual([]);
});

test("data that can't be read is not right, and it is not the store that is told to be wrong", async () => {
  replace("dd", "echo Input/output error >&2; exit 1");
  await expect(pull(WITH_DATA)).rejects.toThrow(/can't read in .* what was just written there: Input\/output error/);
  expect(readdirSync(hypervisor.images)).toEqual([]);
});

test("a dd that knows no more than POSIX does is enough", async () => {
  replace("dd", 'case "$*" in *status=*) echo "unknown operand" >&2; exit 1 ;; esac\nexec "$real" "$@"');
  await pull(WITH_DATA);
  expect(volume().equals(DISK)).toBe(true);
});

test.each([WRONG_HOLE, LAST_BYTE_OF_HOLE, LAST_BYTE])(
  "a byte that was written into a hole, at %d, is gone",
  async (at) => {
    spoil(at);
    await pull(WITH_DATA);
    expect(volume().equals(DISK)).toBe(true);
  },
);

test("stretches that can't be are refused before a hypervisor is asked", () => {
  const handler = libvirtImageHandler({ run: hypervisor.run, now: Date.now, openStore: () => fakeStore({}) });
  const stretches = [
    [3, 2],
    [5, 1],
  ];
  const failures = handler.check(decode({ data: { ...WITH_DATA.data, stretches } }));
  expect(failures).toContainEqual({
    property: "data.stretches",
    reason: "must be in order, with a gap between each two",
  });
});
