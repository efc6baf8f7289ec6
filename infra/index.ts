/** Every platform by its name: the one list that a new cloud is added to. */
import { awsPlatform } from "./aws";
import { libvirtPlatform } from "./libvirt";
import type { Capabilities, Platform } from "./platform";
import { sshPlatform } from "./ssh";
import { PLATFORM_NAMES, UnsupportedError, type PlatformName } from "./words";

const PLATFORMS: Readonly<Partial<Record<PlatformName, Platform>>> = {
  aws: awsPlatform,
  libvirt: libvirtPlatform,
  ssh: sshPlatform,
};

/** @throws UnsupportedError where the settings know a platform that has no code yet. */
export function platform(name: PlatformName): Platform {
  const found = PLATFORMS[name];
  if (!found) throw new UnsupportedError(name, "implementation yet");
  return found;
}

/** The platforms that there are. */
export function platforms(): readonly Platform[] {
  return PLATFORM_NAMES.flatMap((name) => PLATFORMS[name] ?? []);
}

/** What each platform can do; one without code can do nothing. */
export function capabilities(): Readonly<Record<PlatformName, Capabilities>> {
  const of = (name: PlatformName): Capabilities => PLATFORMS[name]?.capabilities ?? { workers: [], images: [] };
  return { aws: of("aws"), ibm: of("ibm"), libvirt: of("libvirt"), openstack: of("openstack"), ssh: of("ssh") };
}
