/** What the program does in EC2, and asks of it. */
import type { Parts } from "../platform";
import { UnsupportedError, type Arch } from "../words";
import { isAwsArch, type AwsArch } from "./arch";
import { awsBoot } from "./boot";
import { awsUse } from "./grants";
import { awsImage } from "./image";
import { awsLook } from "./look";
import { AWS_OWNED_TYPES, awsOwned } from "./owned";
import { handedIn, policies } from "./policy";
import { awsIdentity, awsPreflight } from "./preflight";
import type { SnapshotForm } from "./form";
import type { AwsPlace, AwsWorker } from "./settings";
import { snapshots } from "./snapshots";
import { awsUsersOf } from "./users";
import { awsWorker } from "./worker";

export const parts: Parts<AwsWorker, AwsPlace, SnapshotForm> = {
  worker: (name, arch, spec, opts, attempt) => awsWorker(name, supported(arch), spec, opts, attempt),
  publish: (name, spec, artifact, opts) => awsImage(name, supported(spec.arch), spec, spec.place, artifact, opts),
  form: snapshots,
  boot: (name, spec, opts) => awsBoot(name, supported(spec.arch), spec, spec.place, opts),
  look: (place, names) => awsLook(place, names),
  usersOf: (place, imageIds) => awsUsersOf(place, imageIds),
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
