/** What the program does in OpenStack, and asks of it. */
import type { Parts } from "../platform";
import { openstackBoot } from "./boot";
import { diskInGlance } from "./disk";
import type { DiskForm } from "./form";
import { openstackImage } from "./image";
import { openstackLook } from "./look";
import { OPENSTACK_OWNED_TYPES, openstackOwned } from "./owned";
import { openstackIdentity, openstackPreflight } from "./preflight";
import type { OpenstackPlace, OpenstackWorker } from "./settings";
import { openstackWorker } from "./worker";

export const parts: Parts<OpenstackWorker, OpenstackPlace, DiskForm> = {
  worker: (name, _arch, spec, opts, attempt) => openstackWorker(name, spec, opts, attempt),
  publish: openstackImage,
  form: diskInGlance,
  boot: openstackBoot,
  look: (place, names) => openstackLook(place, names),
  owned: (use, identity) => openstackOwned(use, identity),
  ownedTypes: OPENSTACK_OWNED_TYPES,
  preflight: (use) => openstackPreflight(use),
  identity: (use) => openstackIdentity(use),
};
