/** Places that a generation is whole without, for programs. */
import * as z from "zod";
import type { LedgerEntry } from "../../model/plan";

export const behindSchema = z.strictObject({
  arch: z.string(),
  place: z.string().meta({ description: "TARGET/PLACE, and /ARCH where a place takes several." }),
  until: z
    .string()
    .nullable()
    .meta({ description: "Paused until then, UTC: a day, to its end, or a time; null: best-effort, and not reached." }),
  reason: z.string(),
  path: z
    .array(z.string())
    .nullable()
    .meta({ description: "Of what it has meanwhile in the output images; null if it never had an image." }),
  generation: z.string().nullable().meta({ description: "Which generation that is of." }),
  id: z.string().nullable(),
});

export function behindJson(entry: LedgerEntry | undefined): z.infer<typeof behindSchema>[] {
  return (entry?.behind ?? []).map(({ arch, place, until = null, reason, older }) => ({
    ...{ arch, place: place.id, until, reason },
    path: older === undefined ? null : [...place.outputPath],
    generation: older?.generation ?? null,
    id: older?.imageId ?? null,
  }));
}
