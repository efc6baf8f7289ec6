/** A stack's state, as far as it says what the stack owns. */
import { messageOf } from "../../contract/message-of";
import { nameOf } from "../../contract/urn";
import * as z from "zod";
import { type Pulumi } from "../outputs/read";

/** One resource that stands for something outside of the state. */
export interface StateResource {
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

const resource = z.looseObject({
  type: z.string(),
  urn: z.string(),
  id: z.string().optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
});
const exported = z.object({
  deployment: z.object({ resources: z.array(resource).nullish() }).nullish(),
});

/** @returns undefined where there is no such stack */
export function readState(pulumi: Pulumi, stack: string): readonly StateResource[] | undefined {
  let text: string;
  try {
    text = pulumi("stack", "export", "--stack", stack);
  } catch (error) {
    if (/no stack named .* found/.test(messageOf(error))) return undefined;
    throw error;
  }
  const { deployment } = exported.parse(JSON.parse(text));
  return (deployment?.resources ?? []).flatMap(({ type, urn, id, outputs }) =>
    id === undefined ? [] : [{ type, name: nameOf(urn), id, outputs: outputs ?? {} }],
  );
}

export function identityOf(state: readonly StateResource[]): string | undefined {
  return state.find(({ type }) => type === "builders:index:StackIdentity")?.id;
}

/** Stacks of workers and boot checks that are at work, or that a killed run has left. */
export function innerStacks(pulumi: Pulumi, identity: string): readonly string[] {
  const list = z.array(z.looseObject({ name: z.string() })).parse(JSON.parse(pulumi("stack", "ls", "--json")));
  return list.map(({ name }) => name.split("/").at(-1) ?? name).filter((name) => name.startsWith(`${identity}.`));
}
