/** One place that the settings name twice: what is published there would be two resources for one image. */
import type { Finding } from "./platform";
import type { Arch } from "./words";

export interface NamedPlace {
  /** Path in the settings, e.g. `targets.hypervisor.hosts[1]`. */
  readonly path: string;
  /** Architecture of the images that go there. */
  readonly arch: Arch;
  /** What the place is, as `Platform.look` says. */
  readonly identity: string;
}

/** A finding for each place that is, for the same architecture, one that was named before. */
export function samePlaces(places: readonly NamedPlace[]): readonly Finding[] {
  return places.flatMap(({ path, arch, identity }, index) => {
    const first = places.slice(0, index).find((other) => other.identity === identity && other.arch === arch);
    if (first === undefined) return [];
    return {
      path,
      problem: `is the same place as ${first.path} under another name (${identity})`,
      remedy:
        "leave one of them out; if they are two hypervisors, one was copied from the other: give it an id and pools of its " +
        "own (systemd-machine-id-setup, virsh pool-undefine and pool-define-as)",
    };
  });
}
