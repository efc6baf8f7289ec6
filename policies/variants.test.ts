/** Each rule against other ways to write what it is against: as programs of others have them, and as they are got round. */
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { expect, it } from "vitest";
import { buildersArePinned } from "./rules/builders-are-pinned";
import { imagesAreCalledByTheScheme } from "./rules/images-are-called-by-the-scheme";
import { imagesAreSharedAsSaid } from "./rules/images-are-shared-as-said";
import { imagesHaveAChecksum } from "./rules/images-have-a-checksum";
import { imagesSayHowTheyStart } from "./rules/images-say-how-they-start";
import { machinesAreOfAllowedKinds } from "./rules/machines-are-of-allowed-kinds";
import { machinesEndByThemselves } from "./rules/machines-end-by-themselves";
import { machinesHaveNoCredentials } from "./rules/machines-have-no-credentials";
import { machinesHaveNoPublicAddress } from "./rules/machines-have-no-public-address";
import { metadataNeedsAToken } from "./rules/metadata-needs-a-token";
import { nobodyIsLetInFromEverywhere } from "./rules/nobody-is-let-in-from-everywhere";
import { pluginsArePinned } from "./rules/plugins-are-pinned";
import { resourcesAreOfKnownTypes } from "./rules/resources-are-of-known-types";
import { thingsHaveTheirTags } from "./rules/things-have-their-tags";
import { volumesAreEncrypted } from "./rules/volumes-are-encrypted";
import { workersStartFromKnownOwners } from "./rules/workers-start-from-known-owners";
import { problems, type Asked } from "./testing/problems";

const INSTANCE = "aws:ec2/instance:Instance";
const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
const SPOT = "aws:ec2/spotInstanceRequest:SpotInstanceRequest";
const AMI = "aws:ec2/ami:Ami";
const SHARE = "aws:ec2/amiLaunchPermission:AmiLaunchPermission";
const GLANCE = "builders:index:GlanceImage";
const RULE = "aws:ec2/securityGroupRule:SecurityGroupRule";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const HEX = "a1".repeat(32);
const OWNER = { "copr-builders-owner": "abcdefgh2345" };
const SSH = { protocol: "tcp", fromPort: 22, toPort: 22 };
const EIGHTHS = Array.from({ length: 40 }, (_, index) => `${20 + index}.0.0.0/8`);

const group = (...ingress: object[]) => ({ type: GROUP, props: { ingress } });
const machine = (props: object) => ({ type: INSTANCE, props });
const ofType = (type: string, props: object) => ({ type, props });
const userData = (text: string) => Buffer.from(text).toString("base64");
const timer = (minutes: number) => `systemd-run --unit=copr-builders-end --on-active=${minutes}min systemctl poweroff`;
const worker = {
  ...{ platform: "aws", region: "us-east-1", instanceType: "c7i.xlarge", operatorCidr: "203.0.113.7/32" },
  ...{ lifetimeMinutes: 60, ami: { owner: "125523088429", name: "Fedora-*" }, diskGib: 20, scratchGib: 40 },
};
const job = (more: object, spares: readonly object[] = []) =>
  ofType("builders:index:EphemeralStack", { config: { job: { worker: { ...worker, ...more }, spares } } });

type Case = readonly [what: string, asked: Asked, says: string | undefined, options?: object];

/** @param cases `says` is what a problem says of it; undefined: it keeps to the rule */
function tried(rule: ResourceValidationPolicy, cases: readonly Case[]): void {
  it.each(cases)(`${rule.name}: %s`, async (_what, asked, says, options) => {
    expect(await problems(rule, asked, options)).toEqual(says === undefined ? [] : [expect.stringContaining(says)]);
  });
}

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
  ["IBM's", ofType("builders:index:IbmMachine", { operatorCidr: "0.0.0.0/1" }), "lets 0.0.0.0/1 in"],
  ["a job's", job({ operatorCidr: "0.0.0.0/0" }), "its worker on aws lets 0.0.0.0/0 in"],
  [
    "a job's that stands in",
    job({}, [{ ...worker, operatorCidr: "128.0.0.0/2" }]),
    "its worker on aws lets 128.0.0.0/2 in",
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
  ["an address by itself", ofType("aws:ec2/eip:Eip", { instance: "i-1" }), "gets a public address"],
  ["a job's", job({}), "its worker on aws gets a public address"],
  [
    "a job's floating IP",
    job({ platform: "openstack", floatingNetwork: "ext" }),
    "its worker on openstack gets a public",
  ],
  ["behind a jump host", job({ jumpHost: { host: "h" } }), undefined],
  ["none", machine({ associatePublicIpAddress: false, ipv6AddressCount: 0 }), undefined],
]);

const ends = { instanceInitiatedShutdownBehavior: "terminate", userData: timer(60) };
const spot = (spotInstanceType: string) => ({ instanceMarketOptions: { spotOptions: { spotInstanceType } } });
tried(machinesEndByThemselves, [
  [
    "a spot request that persists",
    machine({ ...ends, ...spot("persistent") }),
    "is kept, and paid for, once it is off, or started again",
  ],
  ["one that does so by default", ofType(SPOT, ends), "started again"],
  ["stop", machine({ ...ends, instanceInitiatedShutdownBehavior: "stop" }), "is kept, and paid for"],
  [
    "a reboot for an end",
    machine({ ...ends, userData: "systemd-run --on-active=60min systemctl reboot" }),
    "never powers itself off",
  ],
  [
    "a timer in a comment",
    machine({ ...ends, userData: "systemd-run --on-active=60min # systemctl poweroff" }),
    "never powers",
  ],
  ["a timer for ever", machine({ ...ends, userData: timer(100_000) }), "after 100000 minutes"],
  [
    "a launch template without one",
    ofType(TEMPLATE, { ...ends, userData: userData("#!/bin/sh") }),
    "never powers itself off",
  ],
  [
    "a domain without a disk for cloud-init",
    ofType("libvirt:index/domain:Domain", { vcpu: 1 }),
    "never powers itself off",
  ],
  ["a job's", job({ lifetimeMinutes: 5000 }), "its worker on aws powers itself off after 5000 minutes"],
  ["a domain with its disk", ofType("libvirt:index/domain:Domain", { cloudinit: "seed" }), undefined],
  ["a spot request for once", machine({ ...ends, ...spot("one-time") }), undefined],
  ["a launch template with all of it", ofType(TEMPLATE, { ...ends, userData: userData(timer(60)) }), undefined],
]);

const kinds = { types: ["c7i.xlarge"], places: ["us-east-1"], mostVolumeGib: 100, mostVcpus: 8 };
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

const defaults = (tags: object) => ({ props: { defaultTags: JSON.stringify({ tags }) } });
tried(thingsHaveTheirTags, [
  ["none", machine({}), "has no tag copr-builders-owner"],
  ["an empty one", machine({ tags: { "copr-builders-owner": "" } }), "has no tag copr-builders-owner"],
  ["another's word", machine({ tags: { "copr-builders-owner": "me" } }), "which no stack is called"],
  ["another of ours", machine({ tags: OWNER }), "has no tag Team", { tags: ["Team"] }],
  ["a copy's", ofType("aws:ec2/amiCopy:AmiCopy", { tags: {} }), "has no tag copr-builders-owner"],
  [
    "the provider's",
    { ...machine({ tags: OWNER }), provider: defaults({ Team: "copr" }) },
    undefined,
    { tags: ["Team"] },
  ],
  ["all of them from the provider", { ...machine({}), provider: defaults(OWNER) }, undefined],
]);

tried(imagesAreSharedAsSaid, [
  ["everybody", ofType(SHARE, { group: "all" }), "lets everybody start the image"],
  [
    "an account as a number",
    ofType(SHARE, { accountId: 999_999_999_999 }),
    "lets 999999999999 start",
    { accounts: ["1"] },
  ],
  ["an organization", ofType(SHARE, { organizationArn: "arn:o" }), "lets arn:o start the image", { accounts: ["1"] }],
  ["nobody that is named", ofType(SHARE, {}), "lets somebody start the image", { accounts: ["1"] }],
  ["Glance's community", ofType(GLANCE, { visibility: "community" }), "lets everybody start the image"],
  [
    "Glance's members",
    ofType(GLANCE, { visibility: "shared", members: ["p1", "1"] }),
    "lets p1 start",
    { accounts: ["1"] },
  ],
  [
    "a snapshot of it",
    ofType("aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission", { accountId: "9" }),
    "lets 9 start",
    { accounts: ["1"] },
  ],
  ["who may", ofType(SHARE, { accountId: "1" }), undefined, { accounts: ["1"] }],
]);

tried(imagesAreCalledByTheScheme, [
  [
    "more behind it",
    ofType(AMI, { name: "copr-builder-x86_64-g1-abababab-mine" }),
    "is called copr-builder-x86_64-g1-abababab-mine",
  ],
  ["no name", ofType(AMI, {}), "has no name of its own"],
  ["generation 0", ofType(GLANCE, { name: "copr-builder-x86_64-g0-abababab" }), "is called"],
  ["another architecture", ofType(GLANCE, { name: "copr-builder-riscv64-g1-abababab" }), "is called"],
  ["IBM's spelling", ofType("builders:index:IbmImage", { name: "copr-builder-x86-64-g1-abababab" }), undefined],
]);

tried(imagesHaveAChecksum, [
  ["another sum", ofType(AMI, { tags: { "disk-sha256": "d41d8c", "build-key": HEX } }), "has no sha256 of its disk"],
  ["of an instance", ofType("aws:ec2/amiFromInstance:AmiFromInstance", { tags: { "build-key": HEX } }), "no sha256"],
  ["another build", ofType(AMI, { tags: { "disk-sha256": HEX, "build-key": "latest" } }), "which build it is from"],
  ["a volume of libvirt", ofType("builders:index:LibvirtImage", { sha256: HEX.toUpperCase() }), "no sha256"],
  ["both", ofType(AMI, { tags: { "disk-sha256": HEX, "build-key": HEX } }), undefined],
]);

const said = { architecture: "x86_64", bootMode: "uefi", virtualizationType: "hvm", rootDeviceName: "/dev/sda1" };
tried(imagesSayHowTheyStart, [
  ["no metadata", ofType(AMI, said), "does not say its imdsSupport"],
  ["an empty word", ofType(AMI, { ...said, imdsSupport: "" }), "does not say its imdsSupport"],
  ["Glance's", ofType(GLANCE, { properties: { hw_machine_type: "q35" } }), "does not say its architecture"],
  ["IBM's", ofType("builders:index:IbmImage", {}), "does not say its operatingSystem"],
]);

tried(resourcesAreOfKnownTypes, [
  ["a dynamic provider", ofType("pulumi-nodejs:dynamic:Resource", {}), "is of type pulumi-nodejs:dynamic:Resource"],
  ["an identity of IAM", ofType("aws:iam/role:Role", {}), "is of type aws:iam/role:Role"],
  ["a function", ofType("aws:lambda/function:Function", {}), "which nothing here declares"],
  ["a command here", ofType("command:local:Command", {}), "which nothing here declares"],
  ["a rule by itself", ofType(INGRESS, {}), "which nothing here declares"],
  ["one that looks like ours", ofType("builders:index:Machine", {}), "which nothing here declares"],
  ["one that the stack names", ofType(INGRESS, {}), undefined, { types: [INGRESS] }],
]);

tried(pluginsArePinned, [
  [
    "dynamic providers'",
    ofType("pulumi:providers:pulumi-nodejs", {}),
    "is a plugin that package-lock.json does not have",
  ],
  ["a newer one", ofType("pulumi:providers:aws", { version: "99.0.0" }), "is of version 99.0.0"],
]);

tried(workersStartFromKnownOwners, [
  ["of our own account", job({ ami: { owner: "self", name: "Fedora-*" } }), "an image of our own"],
  ["one that stands in", job({}, [{ ...worker, ami: { owner: "1", name: "copr-builder-*" } }]), "an image of our own"],
  ["a volume of ours", job({ platform: "libvirt", base: { volume: "copr-builder-x86_64-g1-abababab" } }), "of our own"],
  [
    "an image of ours in Glance",
    job({ platform: "openstack", image: "copr-builder-ppc64le-g1-abababab" }),
    "of our own",
  ],
  ["a stranger's", job({ ami: { owner: "1", name: "Fedora-*" } }), "an image of 1; write one of 2", { owners: ["2"] }],
]);

const built = (builder: string) =>
  ofType("builders:index:EphemeralStack", { config: { job: { builder: { image: builder } } } });
tried(buildersArePinned, [
  ["no tag at all", built("quay.io/a/b"), "is named by a tag; write quay.io/a/b@sha256:"],
  ["a short digest", built("quay.io/a/b@sha256:abc"), "is named by a tag"],
  ["a tag with its digest", built(`quay.io:443/a/b:1@sha256:${HEX}`), undefined],
]);
