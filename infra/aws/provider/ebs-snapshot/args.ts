import { z } from "zod";
import { snapshotIdSchema, snapshotShape } from "../ebs-inputs";
import { againSchema } from "../../../../provider/again";
import type { Properties } from "../../../../provider/handler";
import { sha256Schema } from "../../../../contract/schemas/parse";

const fileSource = z.strictObject({ file: z.string().min(1) });
const urlSource = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: "must be an http or https URL" }),
  compression: z.enum(["none", "zstd"]).default("none"),
});
const blocksSource = z.strictObject({
  /** Where the disk is read from when nothing comes of the snapshot. */
  otherwise: urlSource.exactOptional(),
  blocks: z.object({
    snapshotId: snapshotIdSchema,
    changedBlocks: z.int().min(1),
    checksum: z.base64(),
  }),
});
export type FileSource = z.infer<typeof fileSource>;
export type UrlSource = z.infer<typeof urlSource>;
export type BlocksSource = z.infer<typeof blocksSource>;

export const argsSchema = z
  .object({
    ...snapshotShape,
    source: z.union([fileSource, urlSource, blocksSource], {
      error: "must have exactly one of file, url (with compression none or zstd) and blocks",
    }),
    sha256: sha256Schema.exactOptional(),
    volumeGib: z.int().min(1).max(65_536).exactOptional(),
    skip: z.enum(["holes", "zeros", "nothing"]).default("holes"),
    timeoutMinutes: snapshotShape.timeoutMinutes.default(60),
    again: againSchema.exactOptional(),
  })
  .refine(({ source, volumeGib }) => volumeGib !== undefined || urlOf(source)?.compression !== "zstd", {
    path: ["volumeGib"],
    error: "is needed for an URL with zstd: the size of the disk is not known beforehand",
  });
export type Args = z.infer<typeof argsSchema>;

function urlOf(source: FileSource | UrlSource | BlocksSource): UrlSource | undefined {
  if ("blocks" in source) return source.otherwise;
  return "url" in source ? source : undefined;
}

/** What names the content: an URL without its signature. */
export function sourceName(source: unknown): string {
  const parsed = argsSchema.shape.source.safeParse(source);
  if (!parsed.success) return JSON.stringify(source);
  if ("file" in parsed.data) return `file ${parsed.data.file}`;
  if ("blocks" in parsed.data) return `blocks ${parsed.data.blocks.snapshotId}`;
  const { origin, pathname } = new URL(parsed.data.url);
  return `url ${origin}${pathname} ${parsed.data.compression}`;
}

/** As the state keeps it beside its outputs: what was asked for, where an output has the same name. */
export const asked = ({ volumeGib, encrypted }: Properties): Properties => ({ volumeGib, encrypted });
