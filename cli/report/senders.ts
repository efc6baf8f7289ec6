/** Who sent the disk that an image is made from, or a place's own words for it. */
import { formOf, imagesOf } from "../../infra/specs";
import type { PlacePlan } from "../../model/plan";
import type { DiskDocuments } from "./kept";

export const SENDERS = ["worker", "operator", "place", "copy", "nobody", "unknown"] as const;

export interface Sender {
  /**
   * `worker`: it put the disk there as it had built it; `operator`: the machine that ran pulumi did, from the store; `place`: it
   * fetched the disk from the store itself; `copy`: of an image elsewhere; `nobody`: the image was there before the stack.
   */
  readonly by: (typeof SENDERS)[number];
  /** Why it was not the worker, as that one said; the place that it is a copy of. */
  readonly why?: string;
}

export function senderOf(place: PlacePlan, sent: DiskDocuments["sent"]): Sender {
  const { spec, copyOf, takenOver, remade } = place;
  if (takenOver === true) return { by: "nobody" };
  if (copyOf !== undefined) return { by: "copy", why: copyOf };
  const form = formOf(spec)?.form;
  if (form === undefined) return { by: "place" };
  // What was lost is made from the store, which no worker has a hand in.
  if (remade !== undefined) return { by: "operator" };
  const upload = imagesOf(spec).form?.upload(form);
  if (upload === undefined) return { by: "operator" };
  if (sent === undefined) return { by: "unknown" };
  if (sent.snapshots?.[upload] !== undefined || sent.bodies?.[upload] !== undefined) return { by: "worker" };
  const why = sent.notSent?.[upload];
  return { by: "operator", ...(why !== undefined && { why }) };
}

export function senderText({ by, why }: Sender): string {
  switch (by) {
    case "worker":
      return "worker";
    case "operator":
      return why === undefined ? "operator's machine" : `operator's machine: ${why}`;
    case "place":
      return "fetched by the place";
    case "copy":
      return `copy of ${why ?? "another"}`;
    case "nobody":
      return "was there";
    case "unknown":
      return "not known";
  }
}
