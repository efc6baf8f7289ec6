import { z } from "zod";
import { MOST_STRETCHES, type DiskData } from "../disk-data";
import { sha256Schema } from "./parse";

export const diskDataSchema: z.ZodType<DiskData> = z.object({
  stretches: z
    .array(z.tuple([z.int().nonnegative(), z.int().positive()]))
    .max(MOST_STRETCHES)
    .refine(
      (all) => all.every(([first], index) => index === 0 || first > endOf(all[index - 1])),
      "must be in order, with a gap between each two",
    ),
  sha256: sha256Schema,
});

const endOf = ([first, count]: readonly [number, number] = [0, 0]): number => first + count;
