/** Inputs of a GlanceImage, and what the state keeps of them. */
import { z } from "zod";
import { sha256Schema } from "../../../../contract/schemas/parse";
import { againSchema } from "../../../../provider/again";
import { storedObjectSchema, storeSchema } from "../../../../provider/inputs";
import { ownerSchema } from "../../../../provider/owner";
import { choiceSchema } from "../cloud/access";

export const nameSchema = z.string().min(1).max(255);

/** What the worker has put into an image that was begun for it. */
const sentSchema = z.object({
  imageId: z.string().min(1),
  /** Build key, 64 hex digits. */
  key: sha256Schema,
  /** Sums of what it sent, hex. */
  md5: z.string().min(1),
  sha512: z.string().min(1),
});

export const argsSchema = z.object({
  cloud: choiceSchema,
  name: nameSchema,
  sizeBytes: z.int().positive(),
  sha256: sha256Schema,
  object: storedObjectSchema,
  store: storeSchema,
  owner: ownerSchema,
  properties: z.record(z.string(), z.string()).default({}),
  visibility: z.enum(["private", "shared", "community", "public"]).default("private"),
  members: z.array(z.string().min(1)).default([]),
  protected: z.boolean().default(false),
  sent: sentSchema.exactOptional(),
  again: againSchema.exactOptional(),
});
export type Args = z.output<typeof argsSchema>;
