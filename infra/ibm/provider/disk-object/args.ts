import { z } from "zod";
import { LEAST_PART } from "../../../../contract/bodies";
import { sha256Schema } from "../../../../contract/schemas/parse";
import { againSchema } from "../../../../provider/again";
import { storeSchema } from "../../../../provider/inputs";
import { identitySchema } from "../../../../provider/owner";

/** What a worker has put there, by its record. */
const sentSchema = z.object({
  uploadId: z.string().min(1),
  sizeBytes: z.int().positive(),
  sha256: sha256Schema,
  parts: z.object({ bytes: z.int().min(LEAST_PART), md5: z.string().regex(/^[0-9a-f]{32}$/) }),
});
export type Sent = z.output<typeof sentSchema>;

export const argsSchema = z.object({
  location: z.string().min(1),
  bucket: z.string().min(1),
  // VPC goes by the ending.
  object: z.string().endsWith(".qcow2", "must end with .qcow2"),
  source: z.object({ store: storeSchema, object: z.string().min(1) }),
  sha256: sha256Schema,
  sizeBytes: z.int().positive(),
  key: sha256Schema,
  identity: identitySchema,
  again: againSchema.exactOptional(),
  sent: sentSchema.exactOptional(),
});
export type Args = z.output<typeof argsSchema>;
