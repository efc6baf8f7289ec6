/** What is asked of libvirt outside a resource: its capabilities, by `virsh`. */
import { UserError } from "../../contract/user-error";
import { execFile } from "node:child_process";
import { virsh } from "./provider/image/hypervisor";
import { GUEST_ARCHITECTURES } from "./architectures";
import type { Arch } from "../words";

/** Runs a command, returns its standard output; rejects with standard error in the message. */
export type Run = (command: string, args: readonly string[]) => Promise<string>;

/** How long a hypervisor may take to answer, ms. */
const ANSWER_MS = 30_000;

export const run: Run = (command, args) =>
  new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { timeout: ANSWER_MS, maxBuffer: 16 << 20, env: { ...process.env, LC_ALL: "C" } },
      (error, stdout, stderr) => {
        if (error) reject(new Error(stderr.trim() || error.message, { cause: error }));
        else resolve(stdout);
      },
    );
  });

export function askVirsh(uri: string, words: readonly string[], runCommand: Run): Promise<string> {
  const { command, args } = virsh(uri, words);
  return runCommand(command, args);
}

/** `kvm` where the hypervisor runs guests of this architecture on the processor, `qemu` where it emulates them. */
export type DomainType = "kvm" | "qemu";

/**
 * The fastest domain type that a hypervisor offers for an architecture.
 * @throws if the hypervisor can't be reached, or has no emulator for it.
 */
export async function domainType(uri: string, arch: Arch, runCommand: Run = run): Promise<DomainType> {
  const xml = await askVirsh(uri, ["capabilities"], runCommand);
  const types = domainTypes(xml, arch);
  if (types.includes("kvm")) return "kvm";
  if (types.includes("qemu")) return "qemu";
  throw new UserError(`${uri} has no emulator for ${arch} guests; ${installed(arch)}`);
}

/** What to do where an emulator or its firmware is missing. */
function installed(arch: Arch): string {
  const { debian, fedora } = GUEST_ARCHITECTURES[arch].packages;
  return `install ${debian} (Debian) or ${fedora} (Fedora) on it`;
}

/**
 * That a hypervisor has the firmware by which guests of an architecture boot: not all comes with the emulator.
 * @throws if it has not
 */
export async function checkFirmware(uri: string, arch: Arch, type: DomainType, runCommand: Run = run): Promise<void> {
  const machine = GUEST_ARCHITECTURES[arch].uefiOf;
  if (machine === undefined) return;
  const words = ["domcapabilities", "--arch", arch, "--machine", machine, "--virttype", type];
  const firmware = /<enum name='firmware'>([^]*?)<\/enum>/.exec(await askVirsh(uri, words, runCommand))?.[1] ?? "";
  if (firmware.includes("<value>efi</value>")) return;
  throw new UserError(`${uri} has no UEFI firmware for ${arch} guests; ${installed(arch)}`);
}

/** The domain types of one architecture in libvirt's capabilities XML, e.g. `["qemu", "kvm"]`. */
export function domainTypes(capabilitiesXml: string, arch: Arch): readonly string[] {
  const guests = capabilitiesXml.match(/<guest>[\s\S]*?<\/guest>/g) ?? [];
  // libvirt names the little-endian POWER guest as qemu does.
  const guest = guests.find((xml) => xml.includes(`<arch name='${arch}'>`));
  return [...(guest ?? "").matchAll(/<domain type='([^']+)'/g)].flatMap((match) => match[1] ?? []);
}
