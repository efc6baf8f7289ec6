/** What production takes over was tried as it is. */
import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { plain } from "../resource-facts";
import { EPHEMERAL_STACK, isOfProgram, STACK_IDENTITY, WORKER_PROGRAM } from "../resource-types";

export const promotingStacksBuildNothing: StackValidationPolicy = {
  name: "promoting-stacks-build-nothing",
  description: "A stack that takes over another's images starts no worker.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, reportViolation) => {
    if (!resources.some(promotes)) return;
    for (const { name, urn } of resources.filter(isWorker)) {
      reportViolation(`"${name}" builds in a stack that promotes; take its architectures away, or promote`, urn);
    }
  },
};

type Inspected = Pick<PolicyResource, "type" | "props">;

/** The identity of such a stack says which stack it reads. */
function promotes({ type, props }: Inspected): boolean {
  return type === STACK_IDENTITY && plain(props)["reads"] !== undefined;
}

function isWorker({ type, props }: Inspected): boolean {
  return type === EPHEMERAL_STACK && isOfProgram(plain(props)["program"], WORKER_PROGRAM);
}
