/** The outputs `identity` and `store`: who a stack is, and where stacks that promote from it say what they use. */
import * as z from "zod";
import { IDENTITY } from "../../provider/owner";
import type { Store } from "../../provider/store";
import { LedgerError } from "../plan/ledger";

export const identityOutput = z
  .string()
  .regex(IDENTITY)
  .meta({ description: "Who the stack is, whatever it is called: 12 of a-z and 2-7." });

export const storeOutput = z
  .object({
    bucket: z.string().min(1),
    region: z.string().min(1),
    endpoint: z.string().exactOptional(),
    endpointForWorkers: z.string().exactOptional(),
    credentials: z.object({ file: z.string().min(1), profile: z.string().min(1) }).exactOptional(),
  })
  .meta({ description: "Where disks are, and where stacks that promote write what they hold; as in the settings." });

/** A stack that things can be held of. */
export interface Held {
  readonly identity: string;
  readonly store: Store;
}

/** Undefined for a stack of a version that had none. @throws LedgerError */
export function parseIdentity(output: unknown): string | undefined {
  return output === undefined || output === null ? undefined : parsed(identityOutput, "identity", output);
}

/** What a promoting stack needs to know of the one that builds; undefined if that is of a version that had neither. */
export function parseHeld(read: (name: string) => unknown): Held | undefined {
  const identity = parseIdentity(read("identity"));
  const store = read("store");
  if (identity === undefined || store === undefined || store === null) return undefined;
  return { identity, store: parsed(storeOutput, "store", store) };
}

function parsed<T>(schema: z.ZodType<T>, name: string, output: unknown): T {
  const result = schema.safeParse(output);
  if (result.success) return result.data;
  throw new LedgerError(
    `output "${name}" of the stack cannot be read: ${z.prettifyError(result.error)}; run "pulumi up" there, which writes it again`,
  );
}
