/** A raw, sparse volume that the hypervisor pulls from the store by itself. */
import * as pulumi from "@pulumi/pulumi";
import { LibvirtImage, LibvirtImageName } from "./provider";
import type { Disk, PublishSpec, PublishedImage } from "../platform";
import type { LibvirtPlace } from "./settings";

export function libvirtImage(
  name: string,
  spec: PublishSpec,
  place: LibvirtPlace,
  artifact: pulumi.Input<Disk>,
  opts: pulumi.ComponentResourceOptions,
): PublishedImage {
  const record = pulumi.output(artifact);
  const { imageName, owner } = spec;
  const { uri, pool, pulls } = place;
  const held = new LibvirtImageName(`${name}-name`, { uri, pool, name: imageName, owner }, opts);
  const image = new LibvirtImage(
    name,
    {
      uri,
      pool,
      name: imageName,
      sizeBytes: record.disk.sizeBytes,
      dataBytes: record.disk.dataBytes,
      sha256: record.disk.sha256,
      data: record.apply(({ disk }) => disk.data),
      object: record.apply((r) => {
        const object = r.objects["raw.zst"];
        if (!object) throw new Error(`the artifact of ${imageName} has no raw.zst; it can't become a volume`);
        return object;
      }),
      store: spec.store,
      owner,
      ...(spec.again === undefined ? {} : { again: spec.again }),
      ...(pulls === undefined ? {} : { pulls }),
    },
    pulumi.mergeOptions(opts, { dependsOn: held }),
  );
  return { imageId: image.volumeName, seconds: image.seconds };
}
