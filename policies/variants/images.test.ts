/** The same for rules of images, and of the tags of all things. */
import { imagesAreCalledByTheScheme } from "../rules/images-are-called-by-the-scheme";
import { imagesAreSharedAsSaid } from "../rules/images-are-shared-as-said";
import { imagesHaveAChecksum } from "../rules/images-have-a-checksum";
import { imagesSayHowTheyStart } from "../rules/images-say-how-they-start";
import { thingsHaveTheirTags } from "../rules/things-have-their-tags";
import { AMI, SHARE, GLANCE, HEX, OWNER, machine, ofType, tried } from "../testing/variants";

const defaults = (tags: object) => ({ props: { defaultTags: JSON.stringify({ tags }) } });
tried(thingsHaveTheirTags, [
  ["none", machine({}), "has no tag copr-builders-owner"],
  ["an empty one", machine({ tags: { "copr-builders-owner": "" } }), "has no tag copr-builders-owner"],
  ["another's word", machine({ tags: { "copr-builders-owner": "me" } }), "which no stack is called"],
  ["another of ours", machine({ tags: OWNER }), "has no tag Team", { tags: ["Team"] }],
  ["one that every object answers to", machine({ tags: OWNER }), "has no tag constructor", { tags: ["constructor"] }],
  ["that one, written", machine({ tags: { ...OWNER, constructor: "x" } }), undefined, { tags: ["constructor"] }],
  ["a number", machine({ tags: { ...OWNER, Team: 5 } }), undefined, { tags: ["Team"] }],
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
  ["everybody, loudly", ofType(SHARE, { group: "ALL" }), "lets everybody start the image"],
  [
    "an account that may, and more",
    ofType(SHARE, { accountId: "1", organizationArn: "arn:o" }),
    "lets arn:o start",
    { accounts: ["1"] },
  ],
  ["Glance's public, as nobody writes it", ofType(GLANCE, { visibility: "Public" }), "lets everybody start the image"],
  [
    "one member without a list",
    ofType(GLANCE, { visibility: "shared", members: "p1" }),
    "lets p1 start",
    { accounts: ["1"] },
  ],
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
  [
    "our word for no key",
    ofType(AMI, { tags: { "disk-sha256": HEX, "build-key": "elsewhere" } }),
    "which build it is from",
  ],
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
