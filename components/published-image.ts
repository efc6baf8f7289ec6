/** One image registered in one place, from the store. */
import * as pulumi from "@pulumi/pulumi";
import type { CommitRecord } from "../agent/spec";
import { platform } from "../infra";
import type { PublishSpec } from "../infra/platform";

export interface PublishedImageArgs {
  readonly spec: PublishSpec;
  readonly artifact: pulumi.Input<CommitRecord>;
}

export class PublishedImage extends pulumi.ComponentResource {
  /** What the pool manager is given. */
  readonly imageId: pulumi.Output<string>;

  constructor(name: string, args: PublishedImageArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("builders:index:PublishedImage", name, {}, opts);
    const { spec, artifact } = args;
    this.imageId = platform(spec.place.platform).publish(name, spec, artifact, { parent: this }).imageId;
    this.registerOutputs({ imageId: this.imageId });
  }
}
