/** One image registered in one place, from the store. */
import * as pulumi from "@pulumi/pulumi";
import type { AnyParts, Disk, PublishSpec } from "../infra/platform";

export interface PublishedImageArgs {
  /** Of the place's platform. */
  readonly parts: AnyParts;
  readonly spec: PublishSpec;
  /** Where it is, in the words of the settings, for whoever reads a preview: `hypervisor/vmhost-01`. */
  readonly place: string;
  readonly artifact: pulumi.Input<Disk>;
}

export class PublishedImage extends pulumi.ComponentResource {
  /** What the pool manager is given. */
  readonly imageId: pulumi.Output<string>;
  /** How long it took; undefined where the platform does not tell. */
  readonly seconds: pulumi.Output<number | undefined>;

  constructor(name: string, args: PublishedImageArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("builders:index:PublishedImage", name, { place: args.place }, opts);
    const { parts, spec, artifact } = args;
    const image = parts.publish(name, spec, artifact, { parent: this });
    this.imageId = image.imageId;
    this.seconds = pulumi.output(image.seconds);
    this.registerOutputs({ imageId: this.imageId });
  }
}
