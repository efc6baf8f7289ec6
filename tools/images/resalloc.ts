/** The ids as arguments for the scripts that resalloc, the pool manager, starts builders with. */
import type { StackOutputs } from "../../components/outputs/schema";
import type { LedgerEntry } from "../../components/plan";
import { assertNever, type PlatformName } from "../../infra/words";
import { regenerate, type Command } from "./command";

/**
 * One line for each id: its path in the outputs, a tab, the arguments. For instance
 * `cmd_new: "vm-aws-new $(awk -F'\t' '$1 == "aws.x86_64" {print $2}' FILE)"`.
 */
export function resallocArguments({ generations: [current] }: StackOutputs, command: Command): string {
  const { stack } = command;
  if (current === undefined) throw new Error(`stack "${stack}" has no generation`);
  const lines = imageIds(current).map(({ path, platform, id }) => `${path}\t${argumentsOf(platform, id)}`);
  return [`# generation ${current.id} of stack ${stack}; ${regenerate(command)}`, ...lines, ""].join("\n");
}

/**
 * How the scripts are told which image to start. As they are called by Copr (fedora-infra/ansible, roles/copr/backend):
 *
 * - aws: `resalloc-aws-new --ami ID` (templates/provision/copr-resalloc-aws-new.j2)
 * - ibm: `resalloc-ibm-cloud-vm create NAME --image-uuid ID` (argparsers.py of fedora-copr/resalloc-ibm-cloud)
 * - openstack: `resalloc-openstack-new --image ID` (templates/resalloc/osuosl-vm.j2, and new/arg_parser.py of
 *   praiskup/resalloc-openstack, which knows no `--image-uuid`)
 * - libvirt: `libvirt-new` takes no argument for it: the name of the volume is rendered into its table `VOLUMES`
 *   (templates/provision/libvirt-new), so the name stands here by itself
 */
function argumentsOf(platform: Exclude<PlatformName, "ssh">, id: string): string {
  switch (platform) {
    case "aws":
      return `--ami ${id}`;
    case "ibm":
      return `--image-uuid ${id}`;
    case "openstack":
      return `--image ${id}`;
    case "libvirt":
      return id;
    default:
      return assertNever(platform);
  }
}

/** Each id once, hypervisors share theirs; sorted by path. */
function imageIds({ images, published }: LedgerEntry) {
  const byPath = new Map(
    images
      .flatMap((image) => image.places)
      .map(({ id, outputPath, spec }) => {
        const path = outputPath.join(".");
        return [path, { path, platform: spec.platform, id: published[id] ?? "" }];
      }),
  );
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
