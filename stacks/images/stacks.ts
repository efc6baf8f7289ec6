/** Outputs of stacks, as their last complete run left them. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

/** Undefined where the stack has no such output, as before its first run. */
export type ReadOutput = (name: string) => unknown;

/** All outputs of a stack, as they are now. @throws Error if it can't be read */
export type ReadStack = (stack: string) => Promise<ReadOutput>;

const answerSchema = z.looseObject({ outputs: z.record(z.string(), z.unknown()) });

/**
 * Not a StackReference: that is read once a run, and one that can't be read ends the run.
 * @param stack `NAME` of this project, or `ORGANIZATION/PROJECT/NAME`
 */
export const outputsOf: ReadStack = async (stack) => {
  const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: fullName(stack) });
  const { outputs } = answerSchema.parse(answer);
  return (name) => outputs[name];
};

/** What this very stack was after its last complete run. */
export function ownOutputs(): Promise<ReadOutput> {
  return outputsOf(pulumi.getStack());
}

export function fullName(stack: string): string {
  return stack.includes("/") ? stack : `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
}

/** As the backend says that there is no such stack. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && /unknown stack|no stack named/.test(error.message);
}
