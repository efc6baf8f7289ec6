/** Whether a build is done with what a worker has put somewhere: whoever publishes the disk has it from there on. */
import { isRecord } from "../contract/is-record";
import type { OpenStore } from "./object-store";
import type { Store } from "./store";

/** @param record the commit record @param receiver what took the body */
export async function isCommitted(
  openStore: OpenStore,
  record: { readonly store: Store; readonly object: string },
  receiver: string,
): Promise<boolean> {
  const found = await openStore(record.store).getJson(record.object);
  if (!isRecord(found) || !isRecord(found.bodies)) return false;
  return Object.values(found.bodies).some((body) => isRecord(body) && body.receiver === receiver);
}
