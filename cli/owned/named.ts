/** What no state knows of and something else names: a launch template would be left without its image. */
import { messageOf } from "../../contract/message-of";
import type { Judged } from "./judge";

/** The same list: an orphan that is named, or of which that can't be told, is in use. */
export function withUsers(judged: readonly Judged[]): Promise<readonly Judged[]> {
  return Promise.all(
    judged.map(async (one): Promise<Judged> => {
      const by = one.verdict.kind === "orphaned" ? await namedBy(one) : undefined;
      return by === undefined ? one : { ...one, verdict: { kind: "in use", by } };
    }),
  );
}

async function namedBy({ found }: Judged): Promise<string | undefined> {
  try {
    const users = (await found.users?.()) ?? [];
    return users.length === 0 ? undefined : `named by ${users.map(({ kind, id }) => `${kind} ${id}`).join(", ")}`;
  } catch (error) {
    return messageOf(error);
  }
}
