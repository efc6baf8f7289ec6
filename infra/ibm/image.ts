/** A custom image in one region, imported from the object that all regions share. */
import * as pulumi from "@pulumi/pulumi";
import type { Disk, PublishSpec, PublishedImage } from "../platform";
import { PROVENANCE_SHA256_TAG } from "../../provider/owner";
import { provenanceOf } from "../provenance";
import { objectOf } from "./disk";
import { IbmImage } from "./provider";
import { imageNameOf } from "./provider/marks";
import type { IbmPlace } from "./settings";

/** What an image that is there was made with: it stays as it is, whatever its object has become since. */
const AS_MADE = ["href", "fileSha256", "operatingSystem", "resourceGroup", "key", "there"];

export function ibmImage(
  name: string,
  { imageName, owner, again, there, place }: PublishSpec<IbmPlace>,
  artifact: pulumi.Input<Disk>,
  opts: pulumi.ComponentResourceOptions,
): PublishedImage {
  const record = pulumi.output(artifact);
  const object = record.apply(objectOf);
  const { region, operatingSystem, resourceGroup } = place;
  // Its object is longer than a tag may be; which build it is of, another tag says.
  const tags = record.apply((disk) => {
    const provenance = provenanceOf(disk);
    return { ...place.tags, ...(provenance && { [PROVENANCE_SHA256_TAG]: provenance.sha256 }) };
  });
  const image = new IbmImage(
    name,
    {
      ...{ region, operatingSystem, resourceGroup, tags, owner },
      name: imageNameOf(imageName),
      href: object.href,
      fileSha256: object.fileSha256,
      stack: pulumi.getStack(),
      key: record.key,
      ...(there === undefined ? {} : { there }),
      ...(again === undefined ? {} : { again }),
    },
    there === undefined ? opts : pulumi.mergeOptions(opts, { ignoreChanges: AS_MADE }),
  );
  return { imageId: image.id, seconds: image.seconds };
}
