/** What the program does in IBM Cloud, and asks of it. */
import type { Parts } from "../platform";
import { UnsupportedError, type Arch } from "../words";
import { isIbmArch } from "./arch";
import { ibmBoot } from "./boot";
import { diskInCos } from "./disk";
import type { DiskForm } from "./form";
import { ibmImage } from "./image";
import { ibmLook } from "./look";
import { IBM_OWNED_TYPES, ibmOwned } from "./owned";
import { ibmPolicies } from "./policy";
import { ibmIdentity, ibmPreflight } from "./preflight";
import type { IbmPlace, IbmWorker } from "./settings";
import { ibmWorker } from "./worker";

export const parts: Parts<IbmWorker, IbmPlace, DiskForm> = {
  worker: (name, arch, spec, opts, attempt) => {
    refuseOthers(arch);
    return ibmWorker(name, arch, spec, opts, attempt);
  },
  publish: (name, spec, artifact, opts) => {
    refuseOthers(spec.arch);
    return ibmImage(name, spec, artifact, opts);
  },
  form: diskInCos,
  boot: (name, spec, opts) => ibmBoot(name, spec, opts),
  look: (place, names) => ibmLook(place, names),
  owned: (use, identity) => ibmOwned(use, identity),
  ownedTypes: IBM_OWNED_TYPES,
  preflight: (use) => ibmPreflight(use),
  identity: (use) => ibmIdentity(use),
  policies: (use) => ibmPolicies(use),
};

function refuseOthers(arch: Arch): void {
  if (!isIbmArch(arch)) throw new UnsupportedError("ibm", `machines of ${arch}`);
}
