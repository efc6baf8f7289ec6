/** The smallest image that podman builds on: a file to copy, and a shell that does nothing, at once and well. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { tarOf, type Member } from "./tar-of";

export interface TinyImage {
  /** With its digest. */
  readonly manifest: Buffer;
  readonly digest: string;
  /** Configuration and layer, by digest. */
  readonly blobs: ReadonlyMap<string, Buffer>;
}

/** The file that each image has: one can be copied from anywhere. */
export const FILE = "file";

/** What `exit(0)` is to the kernel, with the number of the machine in ELF. */
const EXIT = {
  // xor edi,edi; mov eax,60; syscall
  x64: { machine: 62, code: [0x31, 0xff, 0xb8, 0x3c, 0, 0, 0, 0x0f, 0x05] },
  // mov x0,0; mov x8,93; svc 0
  arm64: { machine: 183, code: [0, 0, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0, 0, 0xd4] },
};

/** What a build needs in its folder so that its images have it too. */
export const FILES: readonly Member[] = [
  { path: "bin/", mode: 0o755 },
  { path: "bin/sh", mode: 0o755, content: exitZero() },
  { path: FILE, content: Buffer.from("from an image\n") },
];

export const digestOf = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

export function tinyImage(): TinyImage {
  const layer = tarOf([...FILES, { path: "etc/", mode: 0o755 }]);
  const packed = gzipSync(layer);
  const config = json({
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
    history: [{ created_by: "tests" }],
  });
  const described = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: described("application/vnd.oci.image.config.v1+json", config),
    layers: [described("application/vnd.oci.image.layer.v1.tar+gzip", packed)],
  });
  const blobs = new Map([config, packed].map((bytes) => [digestOf(bytes), bytes]));
  return { manifest, digest: digestOf(manifest), blobs };
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** elf(5): the header, one segment that holds the whole file, and the code behind them. */
function exitZero(): Buffer {
  const { machine, code } = process.arch === "arm64" ? EXIT.arm64 : EXIT.x64;
  const [header, segment, base] = [64, 56, 0x400000];
  const start = header + segment;
  const elf = Buffer.alloc(start + code.length);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  elf.writeUInt16LE(2, 16);
  elf.writeUInt16LE(machine, 18);
  elf.writeUInt32LE(1, 20);
  elf.writeBigUInt64LE(BigInt(base + start), 24);
  elf.writeBigUInt64LE(BigInt(header), 32);
  elf.writeUInt16LE(header, 52);
  elf.writeUInt16LE(segment, 54);
  elf.writeUInt16LE(1, 56);
  elf.writeUInt32LE(1, header);
  elf.writeUInt32LE(5, header + 4);
  for (const at of [16, 24]) elf.writeBigUInt64LE(BigInt(base), header + at);
  for (const at of [32, 40]) elf.writeBigUInt64LE(BigInt(elf.length), header + at);
  elf.writeBigUInt64LE(0x1000n, header + 48);
  elf.set(code, start);
  return elf;
}
