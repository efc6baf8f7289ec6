/** Lists: in pages, each with the address of the next. */
import { ok, type Answer, type ApiCall } from "./call";
import { Refusal } from "./refusal";

const MOST = 100;

/** @param name of the list in the answer */
export function page(call: ApiCall, name: string, all: readonly object[], at = name): Answer {
  const { query, world } = call;
  const asked = Number(query.get("limit") ?? 50);
  if (!Number.isInteger(asked) || asked < 1 || asked > MOST) {
    throw new Refusal(400, "invalid_value", `limit must be from 1 to ${MOST}`, "limit");
  }
  const limit = Math.min(asked, world.pageSize);
  const start = Number(query.get("start") ?? 0);
  if (!Number.isInteger(start) || start < 0) throw new Refusal(400, "invalid_value", "start is no page's", "start");
  const href = (from: number) => `https://region.iaas.cloud.ibm.com/v1/${at}?limit=${limit}&start=${from}`;
  const next = start + limit < all.length ? { next: { href: href(start + limit) } } : {};
  return ok({
    ...{ first: { href: href(0) }, limit, total_count: all.length },
    ...next,
    [name]: all.slice(start, start + limit),
  });
}
