/** What programs ask of a hypervisor: what is in a pool and whose it is, and to remove one thing of an identity's. */
import { sweep } from "../sweep/script";
import { run as runReal, type Run } from "../../../../provider/process";
import { ask } from "./ask";
import type { Owned } from "./script";

export type { Owned } from "./script";

export interface PoolView {
  /** The machine's own id. */
  readonly machine: string;
  readonly poolUuid: string;
  readonly images: readonly { readonly name: string; readonly owner?: string }[];
}

/** Until a hypervisor counts as gone; ssh itself waits 15 s for a connection. */
const LOOK_SECONDS = 60;
const REMOVE_SECONDS = 180;

/** The volumes of these names, and whose they are by marks that fit. Nothing is changed by asking. */
export async function lookAtPool(
  uri: string,
  pool: string,
  names: readonly string[],
  run: Run = runReal,
): Promise<PoolView> {
  const answers = await ask(run, uri, { kind: "look", pool, names }, { seconds: LOOK_SECONDS });
  const place = answers.find((answer) => answer.kind === "place");
  if (place === undefined) throw new Error(`${uri}, pool "${pool}": the hypervisor did not say what it is`);
  return { ...place, images: answers.filter((answer) => answer.kind === "image") };
}

/** Everything on a hypervisor that bears the identity exactly, in the order in which it can be removed. */
export async function ownedAt(
  uri: string,
  pools: readonly string[],
  identity: string,
  run: Run = runReal,
): Promise<readonly Owned[]> {
  const answers = await ask(run, uri, { kind: "owned", identity, pools }, { seconds: LOOK_SECONDS });
  return answers.filter((answer) => answer.kind === "owned");
}

/**
 * Removes it if it still bears the identity; what is gone is removed.
 * @throws Error if it is another's by now, or in use
 */
export async function removeOwned(uri: string, identity: string, thing: Owned, run: Run = runReal): Promise<void> {
  const { what, pool, name } = thing;
  switch (what) {
    // The name is the mark: whatever has it now is ours.
    case "domain":
      await sweep(run, { uri, domains: [name], volumes: [] });
      return;
    case "volume":
      await sweep(run, { uri, domains: [], volumes: [{ pool, name }] });
      return;
    case "half":
      await ask(run, uri, { kind: "tidy", pool, name, identity }, { seconds: REMOVE_SECONDS });
      return;
    case "image":
    case "mark": {
      const task = { kind: "delete", pool, name, known: { identity } } as const;
      const answer = (await ask(run, uri, task, { seconds: REMOVE_SECONDS })).at(-1);
      if (answer?.kind === "kept")
        throw new Error(`${uri}, pool "${pool}", volume "${name}": ${answer.why}; it is kept`);
    }
  }
}
