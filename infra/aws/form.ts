/** What an AMI is registered from: an EBS snapshot in its region. */
import * as z from "zod";
import type { FormDefinition } from "../forms";
import type { AwsPlace } from "./settings";

const snapshotForm = z.object({
  platform: z.literal("aws"),
  region: z.string().min(1),
  /** Size of the volumes that are made from it, GiB. */
  volumeGib: z.int().positive(),
  /** Role that the blocks are put with. */
  role: z.string().min(1),
  /** EBS direct API as workers reach it, where that differs from Amazon's own. */
  endpointForWorkers: z.string().min(1).exactOptional(),
  /** ARN of the key that it is encrypted with. @default as the account encrypts by default */
  kmsKeyId: z.string().min(1).exactOptional(),
  tags: z.record(z.string(), z.string()),
});
export type SnapshotForm = z.output<typeof snapshotForm>;

export const awsForm: FormDefinition<AwsPlace, typeof snapshotForm> = {
  schema: snapshotForm,
  of: ({ platform, region, volumeGib, uploadRole: role, endpointForWorkers, tags, kmsKeyId }) => ({
    ...{ platform, region, volumeGib, role, tags },
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    ...(endpointForWorkers === undefined ? {} : { endpointForWorkers }),
  }),
  where: ({ region }) => region,
  // A session of credentials has one role.
  access: ({ role }) => role,
  upload: ({ region }) => region,
  continues: ["builders:index:EbsCredentials", "builders:index:EbsUpload"],
};
