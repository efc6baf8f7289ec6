/** libvirt hypervisors, here and over ssh: workers, images as raw volumes, boots. */
import type { Platform } from "../platform";
import { ARCHITECTURES, UnsupportedError } from "../words";
import { libvirtBoot } from "./boot";
import { libvirtImage } from "./image";
import { LIBVIRT_OWNED_TYPES, libvirtLook, libvirtOwned } from "./look";
import { libvirtPreflight } from "./preflight";
import { libvirtWorker } from "./worker";

export const libvirtPlatform: Platform = {
  name: "libvirt",
  capabilities: { workers: ARCHITECTURES, images: ARCHITECTURES },
  worker(name, arch, spec, opts) {
    if (spec.platform !== "libvirt") throw new UnsupportedError("libvirt", `worker of platform "${spec.platform}"`);
    return libvirtWorker(name, arch, spec, opts);
  },
  publish(name, spec, artifact, opts) {
    const { place } = spec;
    if (place.platform !== "libvirt") throw new UnsupportedError("libvirt", `image on "${place.platform}"`);
    return libvirtImage(name, spec, place, artifact, opts);
  },
  boot(name, spec, opts) {
    const { place } = spec;
    if (place.platform !== "libvirt") throw new UnsupportedError("libvirt", `machine on "${place.platform}"`);
    return libvirtBoot(name, spec, place, opts);
  },
  preflight: (use) => libvirtPreflight(use),
  look(place, names) {
    if (place.platform !== "libvirt") throw new UnsupportedError("libvirt", `place of "${place.platform}"`);
    return libvirtLook(place, names);
  },
  owned: (use, identity) => libvirtOwned(use, identity),
  ownedTypes: LIBVIRT_OWNED_TYPES,
};
