/** Where the local services live: folders under .local/ and loopback ports. Nothing outside this checkout. */
import { join, resolve } from "node:path";
import type { Arch } from "../../infra/words";

export const REPOSITORY = resolve(__dirname, "../..");
export const LOCAL = join(REPOSITORY, ".local");
export const TOOLS = join(REPOSITORY, ".tools");

export const REGISTRY = { host: "127.0.0.1", port: 15000, folder: join(LOCAL, "registry") } as const;
export const REGISTRY_ADDRESS = `${REGISTRY.host}:${REGISTRY.port}`;

export const S3 = {
  host: "127.0.0.1",
  port: 15001,
  folder: join(LOCAL, "s3"),
  data: join(LOCAL, "s3/data"),
  /** Written by us, read through the AWS SDK by whoever uses the store. */
  credentials: join(LOCAL, "s3/credentials"),
  profile: "local",
  region: "us-east-1",
  bucket: "builders",
} as const;

export const LIBVIRT = {
  folder: join(LOCAL, "libvirt"),
  socketFolder: join(LOCAL, "libvirt/run"),
  socket: join(LOCAL, "libvirt/run/libvirt-sock"),
  /** Each pool is the folder of that name in here. */
  pools: join(LOCAL, "libvirt/pools"),
  poolNames: ["base", "workers", "images"],
} as const;

/** The stock disk that workers of an architecture start from, a volume of pool `base`. */
export function workerVolume(arch: Arch): string {
  return `debian-12-${arch}.qcow2`;
}

/** What is put into the registry; other architectures than x86_64 in a folder of their own, so that each comes and goes by itself. */
export function imagesOf(arch: Arch) {
  const folder = arch === "x86_64" ? "" : `${arch}/`;
  return {
    base: { name: `${folder}debian-bootable`, tag: "12" },
    builder: { name: `${folder}debian-image-builder`, tag: "latest" },
  } as const;
}
