/** Does KVM really run guests here? Decided by trying: /dev/kvm may be there and still run nothing. */
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { attempt } from "./commands";
import { LIBVIRT } from "./places";
import { bootId, isMissing } from "./processes";

const VERDICT = join(LIBVIRT.folder, "kvm.json");

interface Verdict {
  readonly bootId: string;
  readonly runs: boolean;
}

/**
 * Remembered until the next boot, because nested virtualisation doesn't come and go.
 * @param kernel finds a Linux kernel for this machine, to try with; asked only where there is something to try
 */
export async function kvmRuns(kernel: () => Promise<string>): Promise<boolean> {
  const known = remembered();
  if (known?.bootId === bootId()) return known.runs;
  const runs = isAccessible() && (await kernelRuns(await kernel()));
  mkdirSync(dirname(VERDICT), { recursive: true });
  writeFileSync(VERDICT, JSON.stringify({ bootId: bootId(), runs } satisfies Verdict));
  return runs;
}

/**
 * Boots the kernel without a disk until it gives up looking for one. Less proves nothing: there are machines where the
 * firmware starts under KVM and stops at the first return from an interrupt.
 */
async function kernelRuns(kernel: string): Promise<boolean> {
  const { stdout } = await attempt(
    "timeout",
    // prettier-ignore
    ["--signal=KILL", "10", "qemu-system-x86_64", "-accel", "kvm", "-cpu", "host", "-m", "256", "-nodefaults",
      "-no-user-config", "-no-reboot", "-display", "none", "-serial", "stdio",
      "-kernel", kernel, "-append", "console=ttyS0 panic=-1"],
  );
  return stdout.includes("Kernel panic - not syncing: VFS");
}

function isAccessible(): boolean {
  try {
    accessSync("/dev/kvm", constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false; // no such device, or not for this user
  }
}

function remembered(): Verdict | undefined {
  try {
    return JSON.parse(readFileSync(VERDICT, "utf8")) as Verdict;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
