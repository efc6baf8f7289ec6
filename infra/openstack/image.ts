/** An image in Glance, of the disk that the worker has put there, or else of the object in the store. */
import * as pulumi from "@pulumi/pulumi";
import type { Disk, PublishSpec, PublishedImage } from "../platform";
import { PROVENANCE_TAG } from "../../provider/owner";
import { provenanceOf } from "../provenance";
import type { Arch } from "../words";
import { sentOf } from "./disk";
import { choiceOf } from "./place";
import { GlanceImage, GlanceImageName } from "./provider";
import type { OpenstackPlace } from "./settings";

export function openstackImage(
  name: string,
  spec: PublishSpec<OpenstackPlace>,
  artifact: pulumi.Input<Disk>,
  opts: pulumi.ComponentResourceOptions,
): PublishedImage {
  const record = pulumi.output(artifact);
  const { arch, imageName, owner, place, store, again } = spec;
  const { visibility, members, protected: isProtected } = place;
  const cloud = choiceOf(place);
  const held = new GlanceImageName(`${name}-name`, { cloud, name: imageName, owner, protected: isProtected }, opts);
  const image = new GlanceImage(
    name,
    {
      ...{ cloud, name: imageName, owner, store, visibility, members, protected: isProtected },
      properties: record.apply((disk) => ({ ...propertiesOf(arch, place), ...provenanceMarks(disk) })),
      sizeBytes: record.disk.sizeBytes,
      sha256: record.disk.sha256,
      object: record.apply(({ objects, key }) => {
        const object = objects["raw.zst"];
        if (!object) throw new Error(`build ${key.slice(0, 8)} has no raw.zst; no image can be made from it`);
        return object;
      }),
      sent: record.apply(sentOf),
      ...(again === undefined ? {} : { again }),
    },
    pulumi.mergeOptions(opts, { dependsOn: held }),
  );
  return { imageId: image.imageId, seconds: image.seconds };
}

function provenanceMarks(disk: Disk): Record<string, string> {
  const provenance = provenanceOf(disk);
  if (provenance === undefined) return {};
  return { [PROVENANCE_TAG]: provenance.at };
}

/**
 * What Nova must know of a disk of an architecture, below what the settings say.
 * Source: Nova, objects/fields.py and objects/image_meta.py; machines of aarch64 have no other firmware.
 */
const USUAL: Readonly<Record<Arch, Readonly<Record<string, string>>>> = {
  x86_64: {},
  aarch64: { hw_firmware_type: "uefi" },
  ppc64le: {},
  s390x: {},
};

export function propertiesOf(
  arch: Arch,
  { properties, architectureProperties }: Pick<OpenstackPlace, "properties" | "architectureProperties">,
): Record<string, string> {
  return { architecture: arch, ...USUAL[arch], ...properties, ...architectureProperties[arch] };
}
