/** Two stacks with one identity: a copy of a state was imported into a second stack, and each would delete what is the other's. */
import * as pulumi from "@pulumi/pulumi";
import type { Finding } from "../../infra/platform";
import type { ObjectStore } from "../../provider/object-store";
import { registrationObject, registrationSchema } from "../../provider/stack-registration/handler";
import { fullName, outputsOf, type ReadStack } from "./stacks";

export interface TwinArgs {
  readonly identity: string;
  readonly store: ObjectStore;
  /** `ORGANIZATION/PROJECT/STACK` of this one. */
  readonly self?: string;
  readonly read?: ReadStack;
}

/** Nothing where the store does not answer: whatever is done next says so. */
export async function twins({
  identity,
  store,
  self = fullName(pulumi.getStack()),
  read = outputsOf,
}: TwinArgs): Promise<Finding[]> {
  const registered = registrationSchema.safeParse(
    await store.getJson(registrationObject(identity)).catch(() => undefined),
  );
  if (!registered.success || registered.data.stack === self) return [];
  const { stack } = registered.data;
  // One that is not there was renamed, or has come here from another backend.
  const other = await read(stack).catch(() => undefined);
  if (other?.("identity") !== identity) return [];
  return [
    {
      path: "identity",
      problem: `the stack ${stack} has the identity ${identity} too: the state of one is a copy of the other's`,
      remedy: `remove one of them from the backend, which deletes nothing else: "pulumi stack rm --force --stack NAME"`,
    },
  ];
}
