/** What is asked of libvirt outside a resource: its capabilities, by `virsh`. */
import { UserError } from "../../contract/user-error";
import { execFile } from "node:child_process";
import { virsh } from "./provider/image/hypervisor";
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
  throw new UserError(`${uri} has no emulator for ${arch} guests; install qemu-system for ${arch} on it`);
}

/** The domain types of one architecture in libvirt's capabilities XML, e.g. `["qemu", "kvm"]`. */
export function domainTypes(capabilitiesXml: string, arch: Arch): readonly string[] {
  const guests = capabilitiesXml.match(/<guest>[\s\S]*?<\/guest>/g) ?? [];
  // libvirt names the little-endian POWER guest as qemu does.
  const guest = guests.find((xml) => xml.includes(`<arch name='${arch}'>`));
  return [...(guest ?? "").matchAll(/<domain type='([^']+)'/g)].flatMap((match) => match[1] ?? []);
}
