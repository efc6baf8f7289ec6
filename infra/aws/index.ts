/** EC2: instances as workers, AMIs as images, boots of them. */
import { definePlatform } from "../define";
import { jumpHostAt } from "../jump-host";
import { AWS_ARCHITECTURES, isAwsArch } from "./arch";
import { candidate } from "./candidates";
import { awsForm } from "./form";
import { policyView } from "./policy-view";
import { EBS_SNAPSHOT_GIB_MONTH_USD, EBS_VOLUME_GIB_MONTH_USD, hourOf } from "./prices";
import { providerSettingProblem } from "./provider-settings";
import { awsPlace, awsPlaces, awsTarget, awsWorker } from "./settings";

export const aws = definePlatform({
  name: "aws",
  workers: {
    schema: awsWorker,
    architectures: AWS_ARCHITECTURES,
    type: ({ instanceType, spot }) => (spot ? `${instanceType} spot` : instanceType),
    scratchGib: ({ scratchGib }) => scratchGib,
    tries: (worker, of) =>
      numbers(of).map((number) => {
        const { subnet, spot } = candidate(worker, { number, of });
        return `${subnet}, ${spot ? "spot" : "on demand"}`;
      }),
    placeName: ({ region }) => region,
    at: jumpHostAt,
    jumpHost: ({ jumpHost }) => jumpHost,
    egress: ({ egress }) => egress,
    price: hourOf,
  },
  images: {
    target: awsTarget,
    place: awsPlace,
    architectures: AWS_ARCHITECTURES,
    places: awsPlaces,
    path: (index) => ["regions", index],
    placeName: ({ region }) => region,
    address: ({ region }) => region,
    output: ({ output }) => output,
    copies: true,
    bootedIn: ({ region, boot }, arch) => ({
      region,
      instanceType: isAwsArch(arch) ? boot.instanceTypes[arch] : undefined,
    }),
    at: ({ boot, ...place }, folder) => ({ ...place, boot: jumpHostAt(boot, folder) }),
    jumpHost: ({ boot: { jumpHost } }) => (jumpHost === undefined ? undefined : { path: "jumpHost", jumpHost }),
    // Each zone is tried once, one alone twice.
    tries: ({ boot: { subnets } }) => {
      const of = Math.max(2, subnets.length);
      return numbers(of).map((number) => candidate({ subnets, spot: false }, { number, of }).subnet);
    },
    form: awsForm,
    deprecatedAfterDays: ({ deprecateAfterDays }) => deprecateAfterDays,
    // `resalloc-aws-new --ami ID` (fedora-infra/ansible, roles/copr/backend, templates/provision/copr-resalloc-aws-new.j2)
    argument: (id) => `--ami ${id}`,
    kept: {
      what: "snapshots of AMIs",
      gibMonthUsd: EBS_SNAPSHOT_GIB_MONTH_USD,
      basis: `EBS snapshots, $${EBS_SNAPSHOT_GIB_MONTH_USD} a GiB of data`,
      thingUsd: { snapshot: EBS_SNAPSHOT_GIB_MONTH_USD, volume: EBS_VOLUME_GIB_MONTH_USD },
    },
  },
  providerSettingProblem,
  policyView,
  parts: async () => (await import("./parts.ts")).parts,
  room: async () => (await import("./provider/room.ts")).room,
});

function numbers(to: number): number[] {
  return Array.from({ length: to }, (_, index) => index + 1);
}
