/** Architectures that VPC has, by IBM's names, and what becomes of them. */
import type { PlatformEnd } from "../definition";
import type { Arch } from "../words";
import type { Stock } from "./provider/stock";
import type { IbmPlace, IbmWorker } from "./settings";

export const IBM_ARCHITECTURES = ["x86_64", "s390x"] as const;
export type IbmArch = (typeof IBM_ARCHITECTURES)[number];

export function isIbmArch(arch: Arch): arch is IbmArch {
  return IBM_ARCHITECTURES.some((one) => one === arch);
}

/** As operating systems, images and profiles have it. */
export function vpcArchitecture(arch: IbmArch): "amd64" | "s390x" {
  return arch === "x86_64" ? "amd64" : arch;
}

const BOOT_PROFILES: Readonly<Record<IbmArch, string>> = { x86_64: "bx2-2x8", s390x: "bz2-1x4" };

/** Of a boot check's instance. */
export function bootProfile({ boot }: Pick<IbmPlace, "boot">, arch: Arch): string {
  return boot.profile ?? BOOT_PROFILES[isIbmArch(arch) ? arch : "x86_64"];
}

/** What a worker starts from: what the settings name, or else the newest Ubuntu 24.04 of its architecture. */
export function stockOf({ image, operatingSystem }: Pick<IbmWorker, "image" | "operatingSystem">, arch: Arch): Stock {
  if (image !== undefined) return { stockImage: image };
  const usual = `ubuntu-24-04-${vpcArchitecture(isIbmArch(arch) ? arch : "x86_64")}`;
  return { stockSystem: operatingSystem ?? usual };
}

/** Source: IBM's announcement of the end of s390x virtual servers in VPC: none new since the first day, none at all after the second. */
const S390X_END: PlatformEnd = {
  day: "2027-02-20",
  what: "IBM Cloud makes no new s390x instances since 2026-02-28, and has none after 2027-02-20",
  remedy: "build and boot s390x elsewhere: on a hypervisor (libvirt), or on a machine of your own (ssh)",
};

export function endOf(arch: Arch): PlatformEnd | undefined {
  return arch === "s390x" ? S390X_END : undefined;
}
