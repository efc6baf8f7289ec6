/** Outputs of stacks, as their last complete run left them. */
import * as pulumi from "@pulumi/pulumi";

/** Undefined where the stack has no such output, as before its first run. */
export type ReadOutput = (name: string) => Promise<unknown>;

/** @param stack `NAME` of this project, or `ORGANIZATION/PROJECT/NAME` */
export function outputsOf(stack: string): ReadOutput {
  const name = stack.includes("/") ? stack : `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
  const reference = new pulumi.StackReference(stack, { name });
  return async (output) => (await reference.getOutputDetails(output)).value as unknown;
}

/** What this very stack was after its last complete run. */
export function ownOutputs(): ReadOutput {
  return outputsOf(pulumi.getStack());
}
