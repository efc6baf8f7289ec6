/** EC2: instances as workers, AMIs as images, boots of them. */
import type { Platform } from "../platform";
import { UnsupportedError, type Arch } from "../words";
import { AWS_ARCHITECTURES, isAwsArch, type AwsArch } from "./arch";
import { awsBoot } from "./boot";
import { awsImage } from "./image";
import { awsUse } from "./grants";
import { awsLook } from "./look";
import { AWS_OWNED_TYPES, awsOwned } from "./owned";
import { handedIn, policies } from "./policy";
import { awsIdentity, awsPreflight } from "./preflight";
import { awsWorker } from "./worker";

export const awsPlatform: Platform = {
  name: "aws",
  capabilities: { workers: AWS_ARCHITECTURES, images: AWS_ARCHITECTURES },
  worker(name, arch, spec, opts, attempt) {
    if (spec.platform !== "aws") throw new UnsupportedError("aws", `worker of platform "${spec.platform}"`);
    return awsWorker(name, supported(arch), spec, opts, attempt);
  },
  publish(name, spec, artifact, opts) {
    const { place } = spec;
    if (place.platform !== "aws") throw new UnsupportedError("aws", `image on "${place.platform}"`);
    return awsImage(name, supported(spec.arch), spec, place, artifact, opts);
  },
  boot(name, spec, opts) {
    const { place } = spec;
    if (place.platform !== "aws") throw new UnsupportedError("aws", `machine on "${place.platform}"`);
    return awsBoot(name, supported(spec.arch), spec, place, opts);
  },
  look(place, names) {
    if (place.platform !== "aws") throw new UnsupportedError("aws", `images on "${place.platform}"`);
    return awsLook(place, names);
  },
  owned: (use, identity) => awsOwned(use, identity),
  ownedTypes: AWS_OWNED_TYPES,
  preflight: (use) => awsPreflight(use),
  identity: (use) => awsIdentity(use),
  policies: (use) => handedIn(policies(awsUse(use))),
};

function supported(arch: Arch): AwsArch {
  if (!isAwsArch(arch)) throw new UnsupportedError("aws", `machines for ${arch}`);
  return arch;
}
