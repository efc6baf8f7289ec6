/** What a custom image is imported from: a compressed qcow2 file in Cloud Object Storage, one for all regions. */
import * as z from "zod";
import type { FormDefinition } from "../forms";
import { cosPlace, uploadName } from "./provider/cos";
import type { IbmPlace } from "./settings";

const text = z.string().min(1);
const diskForm = z.object({
  platform: z.literal("ibm"),
  location: text,
  bucket: text,
  diskFrom: z.enum(["worker", "store"]),
  /** Cloud Object Storage as workers reach it. @default as this machine does */
  endpoint: text.exactOptional(),
});
export type DiskForm = z.output<typeof diskForm>;

export const ibmForm: FormDefinition<IbmPlace, typeof diskForm> = {
  schema: diskForm,
  of: ({ platform, bucket, diskFrom = "worker", endpointForWorkers: endpoint }) => ({
    ...{ platform, location: bucket.region, bucket: bucket.name, diskFrom },
    ...(endpoint === undefined ? {} : { endpoint }),
  }),
  where: cosPlace,
  // URLs are signed for one upload each: all may be on one worker.
  access: ({ diskFrom }) => (diskFrom === "worker" ? "one upload" : undefined),
  upload: uploadName,
  continues: ["builders:index:IbmDiskGrant", "builders:index:IbmDiskUpload"],
};
