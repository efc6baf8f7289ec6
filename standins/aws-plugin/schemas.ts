/** Inputs that several types have. */
import { z } from "zod";

/** Where it is, if not in the provider's region. */
export const regionInput = z.string().min(1).optional();
export const tagsInput = z.record(z.string(), z.string()).optional();

const volume = {
  deleteOnTermination: z.boolean().optional(),
  encrypted: z.boolean().optional(),
  iops: z.number().int().optional(),
  throughput: z.number().int().optional(),
  /** GiB. */
  volumeSize: z.number().int().min(1).optional(),
  volumeType: z.string().optional(),
};

const instanceVolume = { ...volume, kmsKeyId: z.string().optional(), tags: tagsInput };
export const rootVolume = z.strictObject(instanceVolume);
export const extraVolume = z.strictObject({
  ...instanceVolume,
  deviceName: z.string(),
  snapshotId: z.string().optional(),
});
export const imageVolume = z
  .strictObject({ ...volume, deviceName: z.string(), snapshotId: z.string().optional() })
  .refine(({ encrypted, snapshotId }) => encrypted !== true || snapshotId === undefined, {
    path: ["encrypted"],
    message: "conflicts with snapshotId: a snapshot is encrypted or not already",
  });

export type RootVolume = z.infer<typeof rootVolume>;
export type ExtraVolume = z.infer<typeof extraVolume>;
export type ImageVolume = z.infer<typeof imageVolume>;
