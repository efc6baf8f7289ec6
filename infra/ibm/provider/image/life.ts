/** What images take time for: their import. */
import type { Waits } from "../end";
import type { Thing } from "../shapes";
import type { Vpc } from "../vpc";
import { waitFor } from "../wait";

/** An import of some GB takes ten minutes; IBM promises nothing. */
const IMPORT_MINUTES = 60;
/** What was just made may not be seen at once. */
const UNSEEN_MS = 60_000;

/** Machines can be started from it: one that is deprecated is told to people as that, and no more. */
export function isUsable({ status }: Pick<Thing<"images">, "status">): boolean {
  return status === "available" || status === "deprecated";
}

/** In every zone. @throws Error with IBM's reasons, once nothing will come of it */
export function waitAvailable(vpc: Vpc, id: string, { wait, call }: Waits): Promise<Thing<"images">> {
  const what = `image ${id} in ${vpc.region} to be available`;
  const started = wait.now();
  return waitFor({ wait, call, minutes: IMPORT_MINUTES, what }, async () => {
    const image = await vpc.get("images", id);
    if (image === undefined) {
      if (wait.now() > started + UNSEEN_MS)
        throw new Error(`image ${id} in ${vpc.region} is not there: somebody deleted it`);
      return { now: "not seen yet" };
    }
    const { status, status_reasons: reasons } = image;
    if (isUsable(image)) return { done: image };
    const why = reasons.map(({ code, message }) => (message === undefined ? code : `${code}: ${message}`)).join("; ");
    if (!/^(pending|partially_available)$/.test(status)) {
      throw new Error(`IBM Cloud made nothing of it: it is ${status}${why === "" ? "" : ` (${why})`}`);
    }
    return { now: why === "" ? status : `${status} (${why})` };
  });
}
