/** What the program does on hypervisors, and asks of them. */
import type { Parts } from "../platform";
import { libvirtBoot } from "./boot";
import { libvirtImage } from "./image";
import { LIBVIRT_OWNED_TYPES, libvirtLook, libvirtOwned } from "./look";
import { libvirtPreflight } from "./preflight";
import type { LibvirtPlace, LibvirtWorker } from "./settings";
import { libvirtWorker } from "./worker";

export const parts: Parts<LibvirtWorker, LibvirtPlace> = {
  worker: (name, arch, spec, opts) => libvirtWorker(name, arch, spec, opts),
  publish: (name, spec, artifact, opts) => libvirtImage(name, spec, spec.place, artifact, opts),
  boot: (name, spec, opts) => libvirtBoot(name, spec, spec.place, opts),
  preflight: (use) => libvirtPreflight(use),
  look: (place, names) => libvirtLook(place, names),
  owned: (use, identity) => libvirtOwned(use, identity),
  ownedTypes: LIBVIRT_OWNED_TYPES,
};
