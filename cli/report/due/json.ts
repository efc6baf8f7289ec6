/** What is due, for programs. */
import * as z from "zod";
import { DUE_KINDS, type Due } from "./item";

export const dueSchema = z.strictObject({
  kind: z.enum(DUE_KINDS).meta({
    description:
      "pause: of a place, in the settings; rebuild: because time has passed; promotion: a stack takes a generation that has soaked; " +
      "support: updates of the distribution in the images; platform: what a platform ends; deprecation: of images; deletion: of a generation.",
  }),
  at: z.string().nullable().meta({
    description: "RFC 3339, UTC: due from then on, the end of the day where a day is meant; null: see after.",
  }),
  after: z.string().nullable().meta({ description: "What it waits for; null where it has a date." }),
  what: z.string(),
  remedy: z.string().nullable().meta({ description: "What somebody is to do; null: nothing." }),
  command: z.string().nullable().meta({ description: "What does it; null where no command does." }),
});

export function dueJson({ kind, at, after, what, remedy, command }: Due): z.infer<typeof dueSchema> {
  return {
    kind,
    at: at?.toISOString() ?? null,
    after: after ?? null,
    what,
    remedy: remedy ?? null,
    command: command ?? null,
  };
}
