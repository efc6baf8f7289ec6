import { access, readFile } from "node:fs/promises";
import type { Job } from "../job/job";
import { lacking } from "../machine/lacking";
import { machinePath } from "../machine/paths";
import { messageOf } from "../../contract/message-of";
import { StepError } from "../job/step-error";
import { findQemu, missingForBoot } from "./first-boot/emulator";
import { BUILDER_PACKAGE } from "../../contract/disk-builder";

/** The package of a command where its name is another, and Debian's where that is yet another. */
const PACKAGES: Readonly<Record<string, string>> = {
  "mkfs.ext4": "e2fsprogs",
  blkid: "util-linux",
  mount: "util-linux",
  ip: "iproute",
  restorecon: "policycoreutils",
  ssh: "openssh-clients",
  "ssh-keygen": "openssh",
  "qemu-system-x86_64": "qemu-system-x86-core",
  "qemu-system-aarch64": "qemu-system-aarch64-core",
  "qemu-system-ppc64": "qemu-system-ppc-core",
  "qemu-system-s390x": "qemu-system-s390x-core",
};
/** The RHEL family has one qemu, for the architecture that the machine has. */
const QEMU = /^qemu-system-/;
const ENTERPRISE_QEMU = "qemu-kvm-core";
/** With the firmware that has a package of its own. */
const DEBIAN_PACKAGES: Readonly<Record<string, string>> = {
  ...PACKAGES,
  "qemu-img": "qemu-utils",
  ip: "iproute2",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  "qemu-system-x86_64": "qemu-system-x86 ovmf",
  "qemu-system-aarch64": "qemu-system-arm qemu-efi-aarch64",
  "qemu-system-ppc64": "qemu-system-ppc",
  "qemu-system-s390x": "qemu-system-misc",
};

async function needed(job: Job): Promise<string[]> {
  const commands = ["podman", "zstd", "curl"];
  if (job.spec.builder.packaged) commands.push(BUILDER_PACKAGE);
  if (job.spec.source.kind === "context") commands.push("tar");
  if (job.spec.ownMachine) commands.push("ip");
  if (job.spec.scratchDevice !== undefined) commands.push("mkfs.ext4", "blkid", "mount");
  if (job.spec.scratchDevice !== undefined && (await hasSelinux(job))) commands.push("restorecon");
  return commands;
}

export async function hasSelinux(job: Job): Promise<boolean> {
  try {
    await access(machinePath(job.machine, "/sys/fs/selinux/enforce"));
    return true;
  } catch {
    return false;
  }
}

/** Commands that this build needs and the machine does not have. */
export async function missingCommands(job: Job): Promise<string[]> {
  const { machine, spec } = job;
  const missing = await lacking(machine, await needed(job));
  return spec.firstBoot?.mode === "on" ? [...missing, ...(await missingForBoot(machine, spec.arch))] : missing;
}

/** What only some form of the disk needs: without it that one is made from the store, and nothing waits for it. */
export async function addConverter(job: Job): Promise<void> {
  const { machine, spec } = job;
  if (!spec.ownMachine || !spec.uploads.some((one) => one.format === "put" && one.encoding === "qcow2")) return;
  const missing = await lacking(machine, ["qemu-img"]);
  if (missing.length === 0) return;
  try {
    await installMissing(job, missing);
  } catch (error) {
    job.signal.throwIfAborted();
    job.output(`no disk is converted here: ${messageOf(error)}`);
  }
}

/** Installs what is missing, with whichever package manager a stock distribution brings. */
export async function installMissing(job: Job, commands: readonly string[]): Promise<void> {
  const hasDnf = await job.machine.find("dnf");
  const names = hasDnf ? PACKAGES : DEBIAN_PACKAGES;
  const isEnterprise = hasDnf && (await isOfRhelFamily(job));
  const packageOf = (command: string): string =>
    isEnterprise && QEMU.test(command) ? ENTERPRISE_QEMU : (names[command] ?? command);
  const packages = [...new Set(commands.flatMap((command) => packageOf(command).split(" ")))].sort();
  job.progress(`prepare: install ${packages.join(", ")}`);
  if (hasDnf) {
    await job.must("dnf", ["-y", "install", ...packages]);
  } else if (await job.machine.find("apt-get")) {
    // Stock cloud images update themselves after the first boot and hold the lock for minutes.
    const wait = ["-y", "-o", "DPkg::Lock::Timeout=600"];
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await job.must("apt-get", [...wait, "update"], { env });
    await job.must("apt-get", [...wait, "install", ...packages], { env });
  } else {
    throw new StepError(
      `these packages are missing: ${packages.join(", ")}; there is neither dnf nor apt-get to install them`,
    );
  }
  const still: string[] = [];
  for (const command of await lacking(job.machine, commands))
    if (!QEMU.test(command) || (await findQemu(job.machine, command)) === undefined) still.push(command);
  if (still.length > 0)
    throw new StepError(`still missing after ${packages.join(", ")} were installed: ${still.join(", ")}`);
}

/** Source: os-release(5): Fedora is like nothing, what is made from RHEL is like it. */
async function isOfRhelFamily({ machine }: Job): Promise<boolean> {
  const text = await readFile(machinePath(machine, "/etc/os-release"), "utf8").catch(() => "");
  const words = [...text.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].flatMap(([, said = ""]) => said.split(/["'\s]+/));
  return words.includes("rhel") || words.includes("centos");
}
