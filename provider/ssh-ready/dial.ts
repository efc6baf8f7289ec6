/** One try to log in to a machine whose host key is known, and what became of it. */
import type { Endpoint } from "../ssh-client/endpoint";
import { BOUNDS, type Bounds, type Refusal } from "../ssh-client/hop";
import { logIn } from "../ssh-client/log-in";

export type Dialled = { readonly state: "ready" } | Refusal;

export type Dial = (endpoint: Endpoint, stop: AbortSignal) => Promise<Dialled>;

/** Rejects only with the reason of `stop`, and for keys that can't be read. */
export async function dial(endpoint: Endpoint, stop: AbortSignal, bounds: Bounds = BOUNDS): Promise<Dialled> {
  const result = await logIn(endpoint, stop, bounds);
  if (result.state !== "ready") return result;
  result.end();
  return { state: "ready" };
}
