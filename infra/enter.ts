/** How a person gets onto a machine of this stack: printed when a failed one is kept, read from the component's outputs. */
import * as pulumi from "@pulumi/pulumi";

export function enterCommand(): string {
  return `npm run --silent enter -- ${pulumi.getStack()}`;
}
