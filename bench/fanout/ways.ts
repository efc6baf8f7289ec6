/** The two ways of a disk to hypervisors. */
import { execFile, execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { promisify } from "node:util";
import type { DiskData } from "../../contract/disk-data";
import { libvirtImageHandler } from "../../infra/libvirt/provider/image/handler";
import { decode } from "../../provider/codec";
import { openStore } from "../../provider/object-store";
import { run } from "../../provider/process";
import type { Store } from "../../provider/store";
import { POOL, type Hypervisor } from "./hypervisors";

const execute = promisify(execFile);
const NAME = "copr-builder-x86_64-g1-01234567";
const OWNER = { identity: "abcdefgh2345", resource: NAME };

export interface Artifact {
  /** The raw disk on the operator's machine. */
  readonly disk: string;
  readonly sizeBytes: number;
  readonly dataBytes: number;
  readonly sha256: string;
  readonly data: DiskData | undefined;
  readonly store: Store;
  readonly object: { readonly object: string; readonly sizeBytes: number };
}

/** By libvirt's own means, one after another. */
export async function upload({ disk, sizeBytes }: Artifact, hypervisors: readonly Hypervisor[]): Promise<void> {
  for (const { virshUri } of hypervisors) {
    const virsh = (...args: readonly string[]) => execute("virsh", ["-q", "-c", virshUri, ...args]);
    await virsh("vol-create-as", POOL, NAME, `${sizeBytes}`, "--allocation", "0", "--format", "raw");
    await virsh("vol-upload", "--sparse", "--pool", POOL, NAME, disk);
  }
}

/** By the provider's resource, as many at once as the engine starts. */
export async function pull(artifact: Artifact, hypervisors: readonly Hypervisor[]): Promise<void> {
  const handler = libvirtImageHandler({ run, openStore, now: Date.now });
  const { sizeBytes, dataBytes, sha256, data, store, object } = artifact;
  const silent = { status: () => undefined, info: () => undefined, warn: () => undefined };
  // Each has its own, as the engine's calls have.
  const call = () => {
    const { signal } = new AbortController();
    const urn = "urn:pulumi:bench::bench::builders:index:LibvirtImage::bench";
    return { urn, log: silent, stop: signal, gone: signal };
  };
  await Promise.all(
    hypervisors.map(({ uri }) =>
      handler.create(
        decode({
          ...{ uri, pool: POOL, name: NAME, sizeBytes, dataBytes, sha256, object, store, owner: OWNER },
          ...(data !== undefined && { data }),
        }),
        call(),
      ),
    ),
  );
}

/** Looks at what is there, and removes it. @throws Error if a volume is not the disk */
export function check(
  { sizeBytes, dataBytes, sha256 }: Artifact,
  hypervisors: readonly Hypervisor[],
  read: boolean,
): void {
  for (const { folder, virsh } of hypervisors) {
    const volume = `${folder}/${NAME}`;
    const { size, blocks } = statSync(volume);
    if (size !== sizeBytes || blocks * 512 > dataBytes * 1.1)
      throw new Error(`${volume} has ${size} bytes, ${blocks * 512} of them on the disk`);
    if (read && !execFileSync("openssl", ["dgst", "-sha256", "-r", volume], { encoding: "utf8" }).startsWith(sha256))
      throw new Error(`${volume} does not have the disk's bytes`);
    virsh("pool-refresh", POOL);
    virsh("vol-delete", "--pool", POOL, NAME);
    execFileSync("rm", ["-f", `${volume}.owner`]);
  }
}
