import * as pulumi from "@pulumi/pulumi";
import type { Owner } from "../../../../provider/owner";

export interface IbmImageArgs {
  /** A change replaces. */
  readonly region: pulumi.Input<string>;
  /** As VPC has names: letters, digits and dashes. A change replaces. */
  readonly name: pulumi.Input<string>;
  /** `cos://LOCATION/BUCKET/NAME.qcow2` */
  readonly href: pulumi.Input<string>;
  /** sha256 of that object: what VPC says that it has imported. A change replaces. */
  readonly fileSha256: pulumi.Input<string>;
  /** Name from IBM's list. A change replaces. */
  readonly operatingSystem: pulumi.Input<string>;
  /** Name of the resource group. */
  readonly resourceGroup: pulumi.Input<string>;
  /** Name of the stack, for a tag. */
  readonly stack: pulumi.Input<string>;
  readonly owner: pulumi.Input<{ readonly [Key in keyof Owner]: pulumi.Input<Owner[Key]> }>;
  /** Build key, 64 hex digits. */
  readonly key: pulumi.Input<string>;
  /** User tags, beside our own. */
  readonly tags: pulumi.Input<Readonly<Record<string, string>>>;
  /** Id of one that is there, whole and ours: it is taken over, whatever bytes it was made from. @default it must have these */
  readonly there?: pulumi.Input<string>;
  /** A text that was not given before: the image is lost or was left half made. Taking it away changes nothing. */
  readonly again?: pulumi.Input<string>;
}

/**
 * A custom image of VPC in one region, imported from an object. Until it is whole it bears a name with its owner's identity;
 * it gets its own when it can be used and is of the right bytes. Deleting removes only what is still owned.
 */
export class IbmImage extends pulumi.CustomResource {
  declare readonly region: pulumi.Output<string>;
  declare readonly crn: pulumi.Output<string>;
  /** How long the import took. */
  declare readonly seconds: pulumi.Output<number>;

  constructor(name: string, args: IbmImageArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:IbmImage", name, { ...args, crn: undefined, seconds: undefined }, opts);
  }
}
