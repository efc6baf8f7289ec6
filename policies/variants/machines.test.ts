/** Each rule of machines and networks against other ways to write what it is against: as programs have them, and as it is got round. */
import { UNKNOWN } from "../../infra/policy-facts";
import { machinesAreOfAllowedKinds } from "../rules/machines-are-of-allowed-kinds";
import { machinesHaveNoCredentials } from "../rules/machines-have-no-credentials";
import { machinesHaveNoPublicAddress } from "../rules/machines-have-no-public-address";
import { metadataNeedsAToken } from "../rules/metadata-needs-a-token";
import { nobodyIsLetInFromEverywhere } from "../rules/nobody-is-let-in-from-everywhere";
import { volumesAreEncrypted } from "../rules/volumes-are-encrypted";
import {
  TEMPLATE,
  SPOT,
  RULE,
  INGRESS,
  SSH,
  EIGHTHS,
  group,
  machine,
  ofType,
  worker,
  job,
  tried,
} from "../testing/variants";

tried(nobodyIsLetInFromEverywhere, [
  [
    "one of several ranges",
    group({ ...SSH, cidrBlocks: ["10.0.0.0/8", "0.0.0.0/0"] }),
    "lets 0.0.0.0/0 in on ports 22",
  ],
  [
    "one of several rules",
    group({ ...SSH, cidrBlocks: ["10.0.0.0/8"] }, { ...SSH, cidrBlocks: ["0.0.0.0/0"] }),
    "0.0.0.0/0",
  ],
  ["IPv6 alone", group({ ...SSH, ipv6CidrBlocks: ["::/0"] }), "lets ::/0 in"],
  ["a registry's whole block of IPv6", group({ ...SSH, ipv6CidrBlocks: ["2600::/12"] }), "lets 2600::/12 in"],
  ["halves", group({ ...SSH, cidrBlocks: ["0.0.0.0/1"] }), "lets 0.0.0.0/1 in"],
  ["many parts", group({ ...SSH, cidrBlocks: EIGHTHS }), "lets 40 ranges in, which are everywhere in parts"],
  ["all ports", group({ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }), "on ports all"],
  ["another port", group({ protocol: "tcp", fromPort: 1, toPort: 99, cidrBlocks: ["0.0.0.0/0"] }), "on ports 1-99"],
  ["a prefix list", group({ ...SSH, prefixListIds: ["pl-1"] }), "lets prefix list pl-1 in on ports 22, whose ranges"],
  ["a rule by itself", ofType(RULE, { type: "ingress", ...SSH, cidrBlocks: ["0.0.0.0/0"] }), "lets 0.0.0.0/0 in"],
  ["the same of IPv6", ofType(RULE, { type: "ingress", ...SSH, ipv6CidrBlocks: ["::/0"] }), "lets ::/0 in"],
  [
    "the newer form",
    ofType(INGRESS, { ipProtocol: "tcp", fromPort: 22, toPort: 22, cidrIpv4: "0.0.0.0/0" }),
    "0.0.0.0/0",
  ],
  ["the newer form of IPv6", ofType(INGRESS, { ipProtocol: "-1", cidrIpv6: "::/0" }), "on ports all"],
  ["the newer form of lists", ofType(INGRESS, { ipProtocol: "-1", prefixListId: "pl-1" }), "prefix list pl-1"],
  [
    "the VPC's own group",
    ofType("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", { ingress: [{ ...SSH, cidrBlocks: ["0.0.0.0/0"] }] }),
    "0.0.0.0/0",
  ],
  ...["0.0.0.0/0 ", "0.0.0.0/-1", "0.0.0.0/0,10.0.0.0/8", "0.0.0.0/0.0.0.0", "any.example.org"].map(
    (range) =>
      [`what is no range: ${JSON.stringify(range)}`, group({ ...SSH, cidrBlocks: [range] }), "can't be read"] as const,
  ),
  ["IBM's", ofType("builders:index:IbmMachine", { operatorCidr: "0.0.0.0/1" }), "lets 0.0.0.0/1 in"],
  ["a job's", job({ operatorCidr: "0.0.0.0/0" }), "its worker on aws lets 0.0.0.0/0 in"],
  [
    "a job's that stands in",
    job({}, [{ ...worker, operatorCidr: "128.0.0.0/2" }]),
    "its worker on aws lets 128.0.0.0/2 in",
  ],
  [
    "one object in place of a list",
    ofType(group().type, { ingress: { ...SSH, cidrBlocks: ["0.0.0.0/0"] } }),
    "0.0.0.0/0",
  ],
  ["a text in place of a list", group({ ...SSH, cidrBlocks: "0.0.0.0/0" }), "lets 0.0.0.0/0 in"],
  ["parts in several rules", group(...EIGHTHS.map((range) => ({ ...SSH, cidrBlocks: [range] }))), "40 ranges in"],
  [
    "parts of IPv6",
    group(...Array.from({ length: 9 }, (_, at) => ({ ...SSH, ipv6CidrBlocks: [`2${at}00::/19`] }))),
    "lets 9 ranges in",
  ],
  [
    "one range on many ports",
    group(...[22, 80, 443, 8080].map((fromPort) => ({ ...SSH, fromPort, cidrBlocks: ["11.0.0.0/8"] }))),
    undefined,
  ],
  [
    "all private ranges",
    group({
      ...SSH,
      cidrBlocks: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
      ipv6CidrBlocks: ["fc00::/8", "fd00::/8"],
    }),
    undefined,
  ],
  ["a way out", ofType(RULE, { type: "egress", ...SSH, cidrBlocks: ["0.0.0.0/0"] }), undefined],
  ["other groups", group({ ...SSH, securityGroups: ["sg-1"], self: true }), undefined],
  [
    "ranges of one's own",
    group({ ...SSH, cidrBlocks: ["10.0.0.0/8", "172.16.0.0/12"], ipv6CidrBlocks: ["fd00::/8"] }),
    undefined,
  ],
  ["one address", ofType("builders:index:IbmMachine", { operatorCidr: "203.0.113.7" }), undefined],
]);

const required = { httpTokens: "required", httpPutResponseHopLimit: 1 };
tried(metadataNeedsAToken, [
  [
    "a launch template without any",
    ofType(TEMPLATE, { metadataOptions: { httpPutResponseHopLimit: 1 } }),
    "without a token",
  ],
  [
    "a launch template with two hops",
    ofType(TEMPLATE, { metadataOptions: { ...required, httpPutResponseHopLimit: 2 } }),
    "2 hops",
  ],
  ["a request for spot", ofType(SPOT, { metadataOptions: { httpPutResponseHopLimit: 1 } }), "without a token"],
  ["a word that is none", machine({ metadataOptions: { ...required, httpTokens: "Required" } }), "without a token"],
  [
    "hops that can't be read",
    machine({ metadataOptions: { ...required, httpPutResponseHopLimit: "6_4" } }),
    "NaN hops",
  ],
  ["hops as a text", machine({ metadataOptions: { ...required, httpPutResponseHopLimit: "64" } }), "64 hops"],
  ["what is asked for", machine({ metadataOptions: required }), undefined],
  ["none at all", ofType(TEMPLATE, { metadataOptions: { httpEndpoint: "disabled" } }), undefined],
]);

tried(machinesHaveNoCredentials, [
  [
    "a profile that is a resource",
    machine({ iamInstanceProfile: { name: "x" } }),
    "has the credentials of an instance profile",
  ],
  ["one of a launch template", machine({ launchTemplate: { name: "x" } }), "a launch template"],
  ["a launch template's", ofType(TEMPLATE, { iamInstanceProfile: { arn: "arn:x" } }), "has the credentials of arn:x"],
  ["a profile called none", machine({ iamInstanceProfile: "none" }), 'of an instance profile "none"'],
  ["a template's called none", ofType(TEMPLATE, { iamInstanceProfile: { name: "none" } }), 'profile "none"'],
  ["a spot request's", ofType(SPOT, { iamInstanceProfile: "admin" }), "has the credentials of admin"],
  ["none", ofType(TEMPLATE, {}), undefined],
]);

tried(machinesHaveNoPublicAddress, [
  ["what the subnet decides", machine({}), "gets a public address"],
  ["IPv6 by number", machine({ associatePublicIpAddress: false, ipv6AddressCount: 1 }), "gets a public address"],
  [
    "IPv6 by address",
    machine({ associatePublicIpAddress: false, ipv6Addresses: ["2600::1"] }),
    "gets a public address",
  ],
  ["a launch template's", ofType(TEMPLATE, { networkInterfaces: [{ associatePublicIpAddress: "true" }] }), "public"],
  [
    "the second network of a launch template",
    ofType(TEMPLATE, { networkInterfaces: [{ associatePublicIpAddress: false }, { associatePublicIpAddress: true }] }),
    "gets a public address",
  ],
  ["an address by itself", ofType("aws:ec2/eip:Eip", { instance: "i-1" }), "gets a public address"],
  ["a job's", job({}), "its worker on aws gets a public address"],
  [
    "a job's floating IP",
    job({ platform: "openstack", floatingNetwork: "ext" }),
    "its worker on openstack gets a public",
  ],
  ["behind a jump host", job({ jumpHost: { host: "h" } }), undefined],
  ["none", machine({ associatePublicIpAddress: false, ipv6AddressCount: 0 }), undefined],
  ...[{ ipv6AddressCount: UNKNOWN }, { ipv6Addresses: UNKNOWN }].map(
    (later) => ["what is known later", machine({ associatePublicIpAddress: false, ...later }), undefined] as const,
  ),
  ["networks that are known later", ofType(TEMPLATE, { networkInterfaces: UNKNOWN }), undefined],
  [
    "a public address beside what is known later",
    machine({ associatePublicIpAddress: true, ipv6AddressCount: UNKNOWN }),
    "gets a public address",
  ],
]);

const kinds = { types: ["c7i.xlarge"], places: ["us-east-1"], mostVolumeGib: 100, mostVcpus: 8 };
const ALLOWED = { instanceType: "c7i.xlarge", region: "us-east-1" };
tried(machinesAreOfAllowedKinds, [
  [
    "a type that is not said",
    machine({ region: "us-east-1" }),
    "does not say its type; write one of c7i.xlarge",
    kinds,
  ],
  ["a region that is not said", machine({ instanceType: "c7i.xlarge" }), "does not say its place", kinds],
  ["a volume by itself", ofType("aws:ebs/volume:Volume", { size: 500 }), "has 500 GiB of volume itself", kinds],
  ["numbers as texts", ofType("libvirt:index/domain:Domain", { vcpu: "64" }), "has 64 vCPUs", { mostVcpus: 8 }],
  ["a number as Go reads it", machine({ ...ALLOWED, rootBlockDevice: { volumeSize: "0x1f4" } }), "has 500 GiB", kinds],
  ["one with a sign", machine({ ...ALLOWED, rootBlockDevice: { volumeSize: "+500" } }), "has 500 GiB", kinds],
  ["one that can't be read", machine({ ...ALLOWED, rootBlockDevice: { volumeSize: "5_00" } }), "has NaN GiB", kinds],
  ["a job's type", job({ instanceType: "c7i.metal-48xl" }), "its worker on aws is of type c7i.metal-48xl", kinds],
  ["a job's region", job({ region: "eu-west-1" }), "its worker on aws is in eu-west-1", kinds],
  ["a job's volume", job({ scratchGib: 5000 }), "its worker on aws has 5000 GiB of volume scratch", kinds],
  ["a job's size", job({ platform: "libvirt", vcpus: 64 }), "has 64 vCPUs", { mostVcpus: 8 }],
  ["all that is allowed", job({}), undefined, kinds],
  ["an address", ofType("aws:ec2/eip:Eip", {}), undefined, kinds],
]);

const devices = (...ebs: object[]) => ({
  blockDeviceMappings: ebs.map((one) => ({ deviceName: "/dev/sda1", ebs: one })),
});
tried(volumesAreEncrypted, [
  [
    "a second volume",
    machine({ rootBlockDevice: { encrypted: true }, ebsBlockDevices: [{ deviceName: "/dev/sdf" }] }),
    "volume /dev/sdf",
  ],
  [
    "false as a text",
    machine({ rootBlockDevice: { encrypted: "false" } }),
    "volume root does not say that it is encrypted",
  ],
  ["a launch template's", ofType(TEMPLATE, devices({ encrypted: true }, { volumeSize: 1 })), "volume /dev/sda1"],
  [
    "a volume by itself",
    ofType("aws:ebs/volume:Volume", { size: 1 }),
    "Where the account has EBS encryption by default",
  ],
  ["a key without the word", machine({ rootBlockDevice: { kmsKeyId: "k" } }), "write encrypted: true"],
  ["all", ofType(TEMPLATE, devices({ encrypted: true })), undefined],
]);
