/** A machine from the finished disk, which is not written to, and nobody's network: it reaches nothing, and is reached by ssh from here alone. */
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { createServer } from "node:net";
import { machinePath } from "../../machine/paths";
import type { Machine } from "../../machine/machine";
import { StepError } from "../../job/step-error";
import type { Emulator } from "./emulator";

export interface GuestFiles {
  readonly disk: string;
  readonly seed: string;
}

const MOST_CPUS = 4;
const LEAST_MIB = 1024;
const MOST_MIB = 4096;

/** Of a machine that breaks out of qemu, the kernel takes no call that starts or changes something. */
const SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny";

export async function guestArgs(
  host: Machine,
  { machine, cpu, by, firmware }: Emulator,
  { disk, seed }: GuestFiles,
  port: number,
): Promise<string[]> {
  // SeaBIOS and GRUB then write to the serial line what they would write to a screen.
  const screen = machine === "q35" ? ",graphics=off" : "";
  const accelerated = by === "kvm" ? ["kvm", "host"] : ["tcg", cpu];
  const count = Math.min(cpus().length, MOST_CPUS);
  return [
    ...["-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio", "-sandbox", SANDBOX],
    ...["-machine", `${machine},accel=${accelerated[0]}${screen}`, "-cpu", `${accelerated[1]}`],
    ...["-smp", String(count), "-m", String(await memoryMib(host)), "-boot", "strict=on", ...firmware],
    ...["-drive", `if=none,id=root,format=raw,snapshot=on,cache=unsafe,file=${value(disk)}`],
    ...["-device", "virtio-blk,drive=root,bootindex=1"],
    // A plain disk: every image for clouds has the driver, on every architecture.
    ...["-drive", `if=none,id=seed,format=raw,readonly=on,file=${value(seed)}`, "-device", "virtio-blk,drive=seed"],
    ...["-netdev", `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:22`, "-device", "virtio-net,netdev=net"],
    ...["-device", "virtio-rng"],
  ];
}

/** A comma ends a value of qemu's. */
const value = (path: string): string => path.replaceAll(",", ",,");

/** Half of what there is: the worker's own services stay. */
async function memoryMib(host: Machine): Promise<number> {
  const text = await readFile(machinePath(host, "/proc/meminfo"), "utf8");
  const total = Number(/^MemTotal:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) / 1024;
  return Math.floor(Math.min(Math.max(total / 2, LEAST_MIB), MOST_MIB));
}

export async function freeLoopbackPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string")
    throw new StepError("this machine has no free port on 127.0.0.1");
  return address.port;
}
