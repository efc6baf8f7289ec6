/** What a custom image is imported from: a compressed qcow2 file in Cloud Object Storage, one for all regions. */
import * as z from "zod";
import type { FormDefinition } from "../forms";
import { cosPlace } from "./provider/cos";
import type { IbmPlace } from "./settings";

const diskForm = z.object({ platform: z.literal("ibm"), location: z.string().min(1), bucket: z.string().min(1) });
export type DiskForm = z.output<typeof diskForm>;

export const ibmForm: FormDefinition<IbmPlace, typeof diskForm> = {
  schema: diskForm,
  of: ({ platform, bucket }) => ({ platform, location: bucket.region, bucket: bucket.name }),
  where: cosPlace,
  access: () => undefined,
  continues: [],
};
