/** Architectures that VPC has, by IBM's names, and what becomes of them. */
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

/** IBM's announcement: no new s390x instances from the first day on, and none at all after the second. */
export const S390X = { lastNew: "2026-02-28", end: "2027-02-20" } as const;
