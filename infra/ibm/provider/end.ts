/** Ends one thing of VPC, and waits until it is gone. */
import type { Call } from "../../../provider/handler";
import type { Wait } from "../../../provider/wait";
import { IbmError } from "./errors";
import type { Kind } from "./shapes";
import { word, type Vpc } from "./vpc";
import { waitFor } from "./wait";

export interface Waits {
  readonly wait: Wait;
  readonly call: Pick<Call, "stop" | "log">;
}

const GONE_MINUTES = 15;

/** Gone when it returns: what is in use is asked again until what uses it has gone; what is on its way is not. */
export async function end(
  vpc: Vpc,
  kind: Kind,
  { id, name }: { readonly id: string; readonly name?: string },
  { wait, call }: Waits,
): Promise<void> {
  const what = `${word(kind)} ${name === undefined ? id : `${name} (${id})`} in ${vpc.region} to go`;
  let asked = false;
  await waitFor({ wait, call, minutes: GONE_MINUTES, what }, async () => {
    if ((await vpc.get(kind, id)) === undefined) return { done: undefined };
    if (asked) return { now: "on its way" };
    try {
      await vpc.remove(kind, id);
      asked = true;
      return { now: "on its way" };
    } catch (error) {
      if (!(error instanceof IbmError) || error.status !== 409) throw error;
      const { code, message } = error.refusal;
      return { now: `in use (${code}: ${message})`, cause: error };
    }
  });
}
