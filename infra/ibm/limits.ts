/** What IBM Cloud takes, said where the settings are read. */
import * as z from "zod";
import { TAG, TAG_VALUE } from "./provider/marks";

/** Where nobody says who may reach port 22: only the key of the run gets in. */
export const ANYBODY = "0.0.0.0/0";

/** Tags that are ours. Source: provider/owner.ts, and infra/ibm/provider/marks.ts. */
const OWN = /^(copr-builders-|build-key$|machine$)/;

/** User tags of the settings. */
export const ibmTags = z
  .record(z.string(), z.string())
  .check(
    z.superRefine((tags, context) => {
      for (const [name, value] of Object.entries(tags)) {
        const problem = tagProblem(name, value);
        if (problem !== undefined) context.addIssue({ code: "custom", path: [name], message: problem });
      }
    }),
  )
  .default({});

function tagProblem(name: string, value: string): string | undefined {
  if (OWN.test(name)) return "is a tag of our own; choose another name";
  if (!TAG.test(name)) return "is no name of a tag: at most 40 letters, digits, spaces, _, - and .";
  if (!TAG_VALUE.test(value))
    return "has a value that tags can't have: at most 80 letters, digits, spaces, _, -, . and :";
  return undefined;
}
