/** An AMI: registered from the snapshot that holds the disk, or copied from the region where it was. */
import { Ami, AmiCopy, AmiLaunchPermission } from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { BUILD_TAG, PROVENANCE_TAG, RESOURCE_TAG } from "../../provider";
import { AwsImageName, AwsImageReady } from "./provider";
import type { Disk, PublishSpec, PublishedImage } from "../platform";
import { amiArchitecture, type AwsArch } from "./arch";
import { provenanceOf } from "../provenance";
import { regionProvider } from "./region-provider";
import type { AwsPlace } from "./settings";
import { snapshotOf } from "./snapshots";
import { ownTags } from "./tags";

/** What the pool manager maps, and where the root volume of a builder is. */
const ROOT_DEVICE = "/dev/sda1";

/** What is decided when an AMI is made; and of a copy, where it comes from too. */
const AS_MADE = [
  "architecture",
  "bootMode",
  "ebsBlockDevices",
  "enaSupport",
  "imdsSupport",
  "region",
  "rootDeviceName",
  "sriovNetSupport",
  "tpmSupport",
  "virtualizationType",
];
const AS_COPIED = ["encrypted", "kmsKeyId", "sourceAmiId", "sourceAmiRegion"];
/** A copy that is there keeps its key: another of the settings counts for the next image. */
const AS_SEALED = ["encrypted", "kmsKeyId"];

/** What gp3 has without being asked; said, so that what is read back is what is declared. */
const GP3 = { volumeType: "gp3", iops: 3000, throughput: 125 };

export function awsImage(
  name: string,
  arch: AwsArch,
  spec: PublishSpec<AwsPlace>,
  place: AwsPlace,
  artifact: pulumi.Input<Disk>,
  opts: pulumi.ComponentResourceOptions,
): PublishedImage {
  const child = { ...opts, provider: regionProvider(place.region) };
  const record = pulumi.output(artifact);
  const stack = pulumi.getStack();
  const { owner, imageName, copyOf, again, there, takenOver } = spec;
  const held = new AwsImageName(
    `${name}-name`,
    {
      region: place.region,
      name: imageName,
      stack,
      owner,
      origin: copyOf
        ? { imageId: copyOf.imageId, region: copyOf.place.region }
        : { snapshotId: record.apply((r) => snapshotOf(r).snapshotId) },
      ...(again === undefined ? {} : { again }),
    },
    opts,
  );
  // Ended by its name, which looks at whose it is; what is lost or half made is made again by what has that seen.
  const life = pulumi.mergeOptions(child, {
    dependsOn: held,
    replacementTrigger: held.era,
    retainOnDelete: true,
    ...(there === undefined ? {} : { import: there }),
  });
  // What a copy was copied from can't be read from it: one that no state knew is taken over as an AMI like any other.
  const isCopied = copyOf !== undefined && takenOver === undefined;
  // One that is there stays as it was made: what it was made with can't be changed, and not all of that can be read from it.
  const asMade = isCopied ? [...AS_COPIED, ...AS_MADE] : AS_MADE;
  const made = { ...life, ignoreChanges: there !== undefined ? asMade : isCopied ? AS_SEALED : [] };
  const common = {
    name: imageName,
    description: record.apply((r) => `${imageName}, built ${r.builtAt}`),
    tags: pulumi.all([record, owner.identity]).apply(([r, identity]) => imageTags(spec, identity, place, r)),
    ...(place.deprecateAfterDays === undefined
      ? {}
      : { deprecationTime: deprecation(record, place.deprecateAfterDays) }),
  };
  const image = isCopied
    ? new AmiCopy(name, { ...common, ...copied(held, place) }, made)
    : new Ami(name, { ...common, ...registered(arch), ...(copyOf ? {} : fromSnapshot(record)) }, made);

  // EC2 answers from several machines: it is there when several answers in a row say so.
  const ready = new AwsImageReady(
    `${name}-ready`,
    {
      region: place.region,
      imageId: image.id,
      name: imageName,
      stack,
      identity: owner.identity,
      copied: copyOf !== undefined,
    },
    opts,
  );
  // From both: whoever uses the id depends on the image itself, and only once it can be used.
  const imageId = pulumi.all([ready.imageId, image.id]).apply(([usable]) => usable);
  const permission = { imageId };
  // Gone with the image: of one that is lost nobody can be asked to take a permission back.
  const shared = { ...child, deletedWith: image };
  for (const accountId of place.accounts) {
    new AmiLaunchPermission(`${name}-to-${accountId}`, { ...permission, accountId }, shared);
  }
  if (place.public) new AmiLaunchPermission(`${name}-to-all`, { ...permission, group: "all" }, shared);
  return { imageId };
}

/** Every field is said: none is left to be guessed from the machine that registers. */
function registered(arch: AwsArch) {
  return {
    architecture: amiArchitecture(arch),
    bootMode: arch === "aarch64" ? "uefi" : "uefi-preferred",
    virtualizationType: "hvm",
    enaSupport: true,
    sriovNetSupport: "simple",
    imdsSupport: "v2.0",
    rootDeviceName: ROOT_DEVICE,
  };
}

function fromSnapshot(record: pulumi.Output<Disk>) {
  return {
    ebsBlockDevices: [
      {
        deviceName: ROOT_DEVICE,
        snapshotId: record.apply((r) => snapshotOf(r).snapshotId),
        volumeSize: record.apply((r) => snapshotOf(r).volumeGib),
        ...GP3,
        deleteOnTermination: true,
      },
    ],
  };
}

/** A copy has the fields of its source: EC2 keeps them. A copy that is there stays, whatever became of its source since. */
function copied({ origin }: AwsImageName, { kmsKeyId }: AwsPlace) {
  const source = origin.apply((made) => {
    if (!("imageId" in made)) throw new Error("an AMI is copied from an AMI");
    return made;
  });
  const sealed = kmsKeyId === undefined ? { encrypted: false } : { encrypted: true, kmsKeyId };
  return { sourceAmiId: source.imageId, sourceAmiRegion: source.region, ...sealed };
}

function imageTags(spec: PublishSpec, identity: string, place: AwsPlace, record: Disk): Record<string, string> {
  const provenance = provenanceOf(record);
  return {
    ...ownTags(pulumi.getStack(), identity, spec.imageName, place.tags),
    [RESOURCE_TAG]: spec.owner.resource,
    arch: spec.arch,
    [BUILD_TAG]: record.key,
    "built-at": record.builtAt,
    "disk-sha256": record.disk.sha256,
    "image-digest": record.imageDigest,
    ...(provenance && { [PROVENANCE_TAG]: provenance.at }),
  };
}

/** EC2 rounds to the minute: said with seconds, it would differ from itself. */
function deprecation(record: pulumi.Output<Disk>, days: number): pulumi.Output<string> {
  return record.apply((r) => {
    const at = new Date(Date.parse(r.builtAt) + days * 24 * 60 * 60 * 1000);
    return `${at.toISOString().slice(0, "2026-01-01T00:00".length)}:00Z`;
  });
}
