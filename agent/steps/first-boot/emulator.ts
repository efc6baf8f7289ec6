/** What boots a disk on this machine: qemu, and KVM where that runs guests. */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { exists } from "../../machine/exists";
import { lacking } from "../../machine/lacking";
import { machinePath } from "../../machine/paths";
import type { Machine } from "../../machine/machine";
import type { Job } from "../../job/job";
import type { FirstBoot } from "../../../contract/first-boot";
import { qemuMachine, type QemuMachine } from "../../../contract/qemu-machines";
import { uefiArgs } from "./firmware";

export type Accelerator = Extract<FirstBoot, { by: unknown }>["by"];

export interface Emulator extends Omit<QemuMachine, "program"> {
  readonly program: string;
  readonly by: Accelerator;
  /** Arguments for the firmware, where it is not qemu's own. */
  readonly firmware: readonly string[];
}

/** What the image is then asked through. */
const ASKS_WITH = ["ssh", "ssh-keygen"] as const;
/** RHEL's and CentOS Stream's, for the architecture that the machine has. */
const QEMU_KVM = "/usr/libexec/qemu-kvm";
/** A kernel without a disk gives up within it, where KVM works. */
const TRIAL_S = 20;

/** Commands that a boot needs and the machine lacks. */
export async function missingForBoot(machine: Machine, arch: string): Promise<string[]> {
  const wanted = qemuMachine(arch);
  return wanted === undefined ? lacking(machine, ASKS_WITH) : (await lookForBoot(machine, wanted)).missing;
}

async function lookForBoot(machine: Machine, { program: wanted }: QemuMachine) {
  const missing = await lacking(machine, ASKS_WITH);
  const program = await findQemu(machine, wanted);
  return { program, missing: program === undefined ? [...missing, wanted] : missing };
}

/** @param wanted `qemu-system-x86_64`, as it is called everywhere but on the RHEL family */
export async function findQemu(machine: Machine, wanted: string): Promise<string | undefined> {
  if (await machine.find(wanted)) return wanted;
  return (await exists(machinePath(machine, QEMU_KVM))) ? QEMU_KVM : undefined;
}

export async function hasKvm(machine: Machine): Promise<boolean> {
  try {
    await access(machinePath(machine, "/dev/kvm"), constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param ways in which the disk boots
 * @returns what is missing, for people, where there is none
 */
export async function emulatorFor(
  job: Job,
  { ways, emulates }: { readonly ways: readonly string[]; readonly emulates: boolean },
): Promise<Emulator | string> {
  const { machine, spec } = job;
  const wanted = qemuMachine(spec.arch);
  if (wanted === undefined) return `nothing is known of qemu's machines of ${spec.arch}`;
  const isThere = await hasKvm(machine);
  if (!emulates && !isThere) return "no /dev/kvm";
  const { program, missing } = await lookForBoot(machine, wanted);
  if (program === undefined || missing.length > 0) return `no ${missing.join(", no ")}`;
  const firmware = await firmwareFor(machine, spec.arch, wanted, ways);
  if (firmware === undefined) return `no UEFI firmware for qemu's ${wanted.machine}`;
  const problem = isThere ? await kvmProblem(job, program, wanted) : "no /dev/kvm";
  if (problem !== undefined && !emulates) return problem;
  return { ...wanted, program, firmware, by: problem === undefined ? "kvm" : "emulation" };
}

async function firmwareFor(
  machine: Machine,
  arch: string,
  { machine: name }: QemuMachine,
  ways: readonly string[],
): Promise<readonly string[] | undefined> {
  return ways.includes("UEFI") && !ways.includes("BIOS") ? uefiArgs(machine, arch, name) : [];
}

/**
 * Decided by trying, with the machine's own kernel and no disk: KVM may be there and run no guest, and a good image would be
 * refused for that.
 */
async function kvmProblem(job: Job, program: string, { machine, console }: QemuMachine): Promise<string | undefined> {
  const release = (await job.must("uname", ["-r"], { quiet: true })).trim();
  const places = [`/usr/lib/modules/${release}/vmlinuz`, `/boot/vmlinuz-${release}`];
  const found = await Promise.all(places.map((path) => exists(machinePath(job.machine, path))));
  const kernel = places.find((_, index) => found[index]);
  if (kernel === undefined) return `/dev/kvm is there, and no kernel to try it with: ${places.join(", ")}`;
  job.progress("first boot: try KVM");
  const args = ["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-serial", "stdio"];
  const guest = ["-machine", `${machine},accel=kvm`, "-cpu", "host", "-m", "512"];
  const started = ["-kernel", machinePath(job.machine, kernel), "-append", `console=${console} panic=-1`];
  const timeoutMs = TRIAL_S * 1000;
  const { stdout } = await job.run(program, [...args, ...guest, ...started], { quiet: true, timeoutMs });
  return stdout.includes("Kernel panic - not syncing") ? undefined : "/dev/kvm is there, and runs no guest";
}
