/** Stock images, which are IBM's own: one by its name, or the newest of an operating system. */
import type { Thing } from "./shapes";
import type { Vpc } from "./vpc";

export interface Stock {
  /** @default the newest of the operating system */
  readonly stockImage?: string;
  readonly stockSystem?: string;
}

/** Undefined if there is none. IBM asks not to read versions out of names: the newest is the one that was made last. */
export async function findStock(vpc: Vpc, { stockImage, stockSystem }: Stock): Promise<Thing<"images"> | undefined> {
  const visibility = "public";
  if (stockImage !== undefined) return vpc.named("images", stockImage, { visibility });
  const all = await vpc.list("images", { visibility, status: "available" });
  const its = all.filter(({ operating_system: system }) => system?.name === stockSystem);
  return its.sort(({ created_at: one = "" }, { created_at: other = "" }) => other.localeCompare(one))[0];
}

/** For people. */
export function stockName({ stockImage, stockSystem = "" }: Stock): string {
  return stockImage === undefined ? `stock image of operating system ${stockSystem}` : `stock image ${stockImage}`;
}
