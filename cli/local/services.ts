/** All local services together: what the command, the tests and the benchmark start and stop. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Arch } from "../../infra/words";
import { type Daemon } from "./daemon";
import { buildImages, placeImages } from "./images";
import { kvmRuns } from "./kvm";
import { createPools, endGuests, libvirtd, writeLibvirtConfig } from "./libvirt";
import { LIBVIRT } from "./places";
import { registry, writeRegistryConfig } from "./registry";
import { createBucket, s3Server } from "./s3";

export { LIBVIRT_URI, localEnvironment } from "./environment";
export * from "./places";

export interface ServiceStatus {
  readonly name: string;
  readonly pid: number | undefined;
  readonly log: string;
}

/**
 * Everything runs and holds what it needs when this returns; what did already is left alone.
 * @param arch whose images are wanted
 */
export async function startServices(
  say: (line: string) => void = () => undefined,
  arch: Arch = "x86_64",
): Promise<void> {
  writeRegistryConfig();
  writeLibvirtConfig();
  const start = async (daemon: Daemon): Promise<void> => {
    if (await daemon.start()) say(`${daemon.spec.name} started`);
  };
  const store = start(s3Server()).then(createBucket);
  const images = buildImages(say, arch);
  await all([store, start(registry()), images]);
  // One that runs keeps its way of running guests; only a new one needs the verdict.
  if (libvirtd(true).running() === undefined) {
    const kvm = await kvmRuns(async () => (await buildImages(say)).kernel);
    say(kvm ? "guests run on KVM" : "guests are emulated: KVM runs no guest on this machine");
    await start(libvirtd(kvm));
  } else {
    await start(libvirtd(true));
  }
  await createPools();
  await placeImages(await images);
}

/** Ends guests and services of this checkout. */
export async function stopServices(say: (line: string) => void = () => undefined): Promise<void> {
  const hypervisor = libvirtd(true);
  if (hypervisor.running()) for (const guest of await endGuests()) say(`guest ${guest} ended`);
  for (const daemon of [hypervisor, s3Server(), registry()]) {
    if (await daemon.stop()) say(`${daemon.spec.name} stopped`);
  }
  rmSync(join(LIBVIRT.socketFolder, "libvirt-sock"), { force: true });
}

export function serviceStatus(): ServiceStatus[] {
  return [libvirtd(true), s3Server(), registry()].map((daemon) => ({
    name: daemon.spec.name,
    pid: daemon.running()?.pid,
    log: daemon.log,
  }));
}

/** Waits for all of them even if one fails, so that nothing goes on in the background after the error. */
async function all(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).filter((result) => result.status === "rejected");
  if (failed.length === 1) throw failed[0]?.reason;
  if (failed.length > 1) throw new AggregateError(failed.map((result) => result.reason as unknown));
}
