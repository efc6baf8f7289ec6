/**
 * UEFI for a machine of qemu's, found as libvirt finds it: by the descriptions that the packages of firmware bring.
 * Source: qemu's docs/interop/firmware.json.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { machinePath } from "../../machine/paths";
import type { Machine } from "../../machine/machine";

/** A file of the first hides the same name in the second. */
const FOLDERS = ["/usr/share/qemu/firmware", "/etc/qemu/firmware"] as const;
/** It knows no boot loader but Microsoft's, or starts only in machines of another kind. */
const UNFIT = /^(secure-boot|enrolled-keys|requires-smm|amd-sev|intel-tdx)/;

interface Image {
  readonly filename: string;
  readonly format: string;
}

interface Description {
  readonly "interface-types": readonly string[];
  readonly mapping: {
    readonly device: string;
    readonly mode?: string;
    readonly filename?: string;
    readonly executable?: Image;
    readonly "nvram-template"?: Image;
  };
  readonly targets: readonly { readonly architecture: string; readonly machines: readonly string[] }[];
  readonly features: readonly string[];
}

/** Arguments for qemu, whose changes to it go nowhere; undefined where there is none. */
export async function uefiArgs(machine: Machine, arch: string, qemuMachine: string): Promise<string[] | undefined> {
  for (const description of await descriptions(machine)) {
    const fits =
      description["interface-types"].includes("uefi") &&
      !description.features.some((feature) => UNFIT.test(feature)) &&
      description.targets.some(
        ({ architecture, machines }) =>
          architecture === arch && machines.some((name) => new RegExp(`^(pc-)?${qemuMachine}-`).test(name)),
      );
    const args = fits ? argsOf(description.mapping) : undefined;
    if (args !== undefined) return args;
  }
  return undefined;
}

function argsOf({ device, mode, filename, executable, ...rest }: Description["mapping"]): string[] | undefined {
  if (device === "memory" && filename !== undefined) return ["-bios", filename];
  const variables = rest["nvram-template"];
  if (device !== "flash" || mode === "stateless" || executable === undefined || variables === undefined)
    return undefined;
  return [
    ...["-drive", `if=pflash,unit=0,readonly=on,${image(executable)}`],
    ...["-drive", `if=pflash,unit=1,snapshot=on,${image(variables)}`],
  ];
}

const image = ({ filename, format }: Image): string => `format=${format},file=${filename}`;

/** In the order of their names, which is that of their makers' preference. */
async function descriptions(machine: Machine): Promise<Description[]> {
  const texts = new Map<string, string>();
  for (const folder of FOLDERS) {
    const path = machinePath(machine, folder);
    const names = await readdir(path).catch(() => []);
    for (const name of names.filter((one) => one.endsWith(".json")))
      texts.set(name, await readFile(join(path, name), "utf8"));
  }
  // An empty file hides another one.
  const sorted = [...texts].sort(([a], [b]) => (a < b ? -1 : 1)).filter(([, text]) => text.trim() !== "");
  return sorted.map(([, text]) => JSON.parse(text) as Description);
}
