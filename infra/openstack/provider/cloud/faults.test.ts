/** Words of the services' own sources, with what helps: the wrong one of two sends an operator to the wrong place at night. */
import { expect, test } from "vitest";
import { faultRemedy } from "./faults";

const HOST = "Build of instance 7f aborted: ";

test.each([
  [
    "Quota exceeded for instances,cores: Requested 1, 4, but already used 10, 20 of 10, 20 instances, cores",
    /^a quota/,
  ],
  ["Quota exceeded for resources: ['port'].", /^a quota/],
  ["Maximum number of ports exceeded", /^a quota/],
  ["Maximum number of security groups or rules exceeded", /^a quota/],
  ["VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota.", /^a quota/],
  [`${HOST}VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded for quota 'volumes'.`, /^a quota/],
  ["IpAddressGenerationFailure: No more IP addresses available on network 5d.", /^the network has no address left/],
  ["No fixed IP addresses available for network: 5d", /^the network has no address left/],
  ["ExternalIpAddressExhausted: Unable to find any IP address on external network 5d.", /^the external network/],
  [
    "ExternalGatewayForFloatingIPNotFound: External network 5d is not reachable from subnet 6e.  Therefore, cannot associate Port 7f with a Floating IP.",
    /^no router joins/,
  ],
  ["It is not allowed to create an interface on external network 5d", /as floatingNetwork/],
  [
    "PortSecurityAndIPRequiredForSecurityGroups: Port security must be enabled and port must have an IP address in order to use security groups.",
    /securityGroups: \[\]/,
  ],
  [
    "Network requires port_security_enabled and subnet associated in order to apply security groups.",
    /securityGroups: \[\]/,
  ],
  [`${HOST}Failed to allocate the network(s), not rescheduling.`, /could not join the network/],
  [
    "Exceeded maximum number of retries. Exceeded max scheduling attempts 3 for instance 7f. Last exception: Binding failed for port 8a, please check neutron logs for more information.",
    /could not join the network/,
  ],
  [
    `${HOST}Volume 5d did not finish being created even after we waited 187 seconds or 61 attempts. And its status is downloading.`,
    /a disk of its own.*block_device_allocate_retries/,
  ],
  ["Connection to cinder host failed: Unable to establish connection", /does not reach the volumes/],
  [
    "Flavor's disk is too small for requested image. Flavor disk is 10737418240 bytes, image is 21474836480 bytes.",
    /larger flavor/,
  ],
  ["Flavor's memory is too small for requested image.", /larger flavor/],
  [
    "Volume is smaller than the minimum size specified in image metadata. Volume size is 1 bytes, minimum size is 2 bytes.",
    /larger flavor/,
  ],
  ["Image 5d is unacceptable: Size is 30GB and doesn't fit in a volume of size 20GB.", /larger flavor/],
  ["The requested availability zone is not available", /availabilityZone, or leave it out/],
  ["Image 5d is not active.", /image show/],
  ["No valid host was found. There are not enough hosts available.", /no quota of yours/],
  [
    "Exceeded maximum number of retries. Exhausted all hosts available for retrying build failures.",
    /no quota of yours/,
  ],
  [
    "Exceeded maximum number of retries. Exceeded max scheduling attempts 3 for instance 7f. Last exception: internal error",
    /no quota of yours/,
  ],
  ["Invalid image metadata. Error: Field value pc-q36 is invalid", /mend `properties`/],
  ["Requested hardware 'e1001' is not supported by the 'libvirt' virt driver", /mend `properties`/],
])("%s", (words, helps) => {
  expect(faultRemedy(words)).toMatch(helps);
});

test("of words that nobody knows nothing is guessed", () => {
  expect(faultRemedy("Unable to mount the root disk")).toBeUndefined();
  expect(faultRemedy("This request was rate-limited.")).toBeUndefined();
});
