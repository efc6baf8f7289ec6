/** Where the local services live: folders under .local/ and loopback ports. Nothing outside this checkout. */
import { join, resolve } from "node:path";

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

/** The stock disk that workers start from, a volume of pool `base`. */
export const WORKER_VOLUME = "debian-12-x86_64.qcow2";

/** What is put into the registry. */
export const IMAGES = {
  base: { name: "debian-bootable", tag: "12" },
  builder: { name: "debian-image-builder", tag: "latest" },
} as const;
