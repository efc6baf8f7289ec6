/** What IBM Cloud takes, said where the settings are read. */
import * as z from "zod";
import { addressProblem } from "../jump-host";
import { TAG, TAG_VALUE } from "./provider/marks";

/** Tags that are ours, however they are written: IBM keeps no capitals. Source: provider/owner.ts, and provider/marks.ts here. */
const OWN = /^(copr-builders-|build-key$|machine$)/i;

/** User tags of the settings. */
export const ibmTags = z
  .record(z.string(), z.string())
  .check(
    z.superRefine((tags, context) => {
      const seen = new Map<string, string>();
      for (const [name, value] of Object.entries(tags)) {
        const first = seen.get(name.toLowerCase());
        seen.set(name.toLowerCase(), name);
        const twice = first === undefined ? undefined : `is ${first} too, since IBM keeps no capitals; remove one`;
        const problem = tagProblem(name, value) ?? twice;
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

/** Where a machine is to be; read before all of it is known to be in order. */
interface Wanted {
  readonly region?: unknown;
  readonly zone?: unknown;
  readonly address?: unknown;
  readonly floatingIp?: unknown;
  readonly jumpHost?: unknown;
  readonly image?: unknown;
  readonly operatingSystem?: unknown;
}

/** What fits not together, by the field to change. */
export function misfits({
  region,
  zone,
  address,
  floatingIp,
  jumpHost,
  image,
  operatingSystem,
}: Wanted): { path: string[]; message: string }[] {
  const found = [];
  if (typeof region === "string" && typeof zone === "string" && !zone.startsWith(`${region}-`)) {
    const message = `${zone} is not in ${region}; name a zone of ${region}, e.g. ${region}-1`;
    found.push({ path: ["zone"], message });
  }
  if (address === "private" && floatingIp !== undefined) {
    const message = "is a public address, and address: private asks for none; leave out one of the two";
    found.push({ path: ["floatingIp"], message });
  }
  const clash = addressProblem({ address, jumpHost });
  if (clash !== undefined) found.push({ path: ["address"], message: clash });
  if (jumpHost !== undefined && floatingIp !== undefined) {
    const message = "is a public address, and machines behind a jumpHost have none; leave out one of the two";
    found.push({ path: ["floatingIp"], message });
  }
  if (image !== undefined && operatingSystem !== undefined) {
    const message = "is for the newest stock image of a system, and image names one; leave out one of the two";
    found.push({ path: ["operatingSystem"], message });
  }
  return found;
}
