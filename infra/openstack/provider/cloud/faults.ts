/**
 * What helps where Nova, Neutron or Cinder can't do a thing: by their own words, in an answer or in the `fault` of an instance that was
 * taken and then failed. Words: `nova/exception.py`, `nova/compute` (34.0.0), `neutron_lib/exceptions` (5.0.1), `cinder/exception.py`.
 */
interface Fault {
  readonly words: RegExp;
  readonly helps: string;
}

export const QUOTA = "a quota is met: delete what is not needed, or ask the cloud's operator for more";

/** The first that fits counts: Nova puts what others say into its own words. */
const FAULTS: readonly Fault[] = [
  { words: /quota|over ?limit|Maximum number of [\w ]+ exceed/i, helps: QUOTA },
  {
    words: /No more IP addresses|IpAddressGenerationFailure|No fixed IP addresses available/i,
    helps:
      "the network has no address left, which is no quota of yours: name another network, or ask the cloud's operator",
  },
  {
    words: /Unable to find any IP address on external/i,
    helps:
      "the external network has no floating IP left, which is no quota of yours: name another floatingNetwork, or ask the cloud's operator",
  },
  {
    words: /External network .* is not reachable from subnet/i,
    helps:
      "no router joins the two: openstack router set --external-gateway FLOATING_NETWORK ROUTER, then openstack router add subnet ROUTER SUBNET; or name another floatingNetwork",
  },
  {
    words: /create an interface on external network/i,
    helps:
      "instances may not be on an external network here: name one of the project's own, and this one as floatingNetwork",
  },
  {
    words: /port.security.* in order to (use|apply) security groups/i,
    helps: "the network has no port security, so it takes no groups: write securityGroups: []",
  },
  {
    words: /Binding failed for port|Failed to allocate the network|Virtual Interface (creation|plugin) failed/i,
    helps:
      "the host could not join the network: name another network, or ask the cloud's operator, whose Neutron logs say why",
  },
  {
    words: /did not finish being created/i,
    helps:
      "Nova waits for a volume so long and no longer, and this one takes its time or failed: name a flavor that has a disk of its own, " +
      "or ask the cloud's operator (block_device_allocate_retries of Nova, the log of cinder-volume)",
  },
  {
    words: /Connection to cinder host failed|CinderConnectionFailed/i,
    helps: "Nova does not reach the volumes: run this again later, or name a flavor that has a disk of its own",
  },
  {
    words: /(disk|volume) is (too small|smaller)|disk would be too small|doesn't fit in a volume|memory is too small/i,
    helps: "name a larger flavor, or a smaller disk of the image (its min_disk and min_ram say what it wants)",
  },
  {
    words: /availability zone is not available/i,
    helps: "name one of `openstack availability zone list --compute` as availabilityZone, or leave it out",
  },
  {
    words: /Image \S+ is not active/i,
    helps: "somebody changes or deletes the image while this runs: see `openstack image show`, and run this again",
  },
  {
    words: /No valid host|Exceeded maximum number of retries/i,
    helps:
      "no host of the cloud takes it now: there is no room for this flavor, which is no quota of yours, or no host of the image's architecture " +
      "and properties. Take another flavor, mend `properties`, or ask the cloud's operator",
  },
  {
    words: /Invalid image metadata|is not supported by the '\w+' virt driver|Architecture name '.*' is not recognised/i,
    helps:
      "the cloud can't run an image of these properties: mend `properties` of the target (hw_machine_type, hw_firmware_type, hw_disk_bus)",
  },
];

/** @returns undefined: words that are not known */
export function faultRemedy(words: string): string | undefined {
  return FAULTS.find((fault) => fault.words.test(words))?.helps;
}
