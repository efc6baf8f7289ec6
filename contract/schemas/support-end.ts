/** What an SBOM says of its image's distribution. */
import * as z from "zod";
import { parsedJson } from "../parsed-json";
import type { ValidUntil } from "../support-end";

const image: z.ZodType<ValidUntil> = z.object({ validUntilDate: z.iso.datetime() });
const document = z.object({ packages: z.tuple([image], z.unknown()) });

/** @returns the last day with updates, `2027-05-19`; undefined where the document says none, or is another program's */
export function supportEndIn(sbom: Uint8Array): string | undefined {
  const parsed = document.safeParse(parsedJson(Buffer.from(sbom).toString()));
  return parsed.success ? parsed.data.packages[0].validUntilDate.slice(0, 10) : undefined;
}
