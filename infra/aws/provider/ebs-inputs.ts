/** Inputs that every resource about EBS snapshots has. */
import { z } from "zod";
import { AWS_REGION, SNAPSHOT_ID } from "../../../contract/blocks";

export const regionSchema = z.string().regex(AWS_REGION, "must be an AWS region, e.g. us-east-1");
export const snapshotIdSchema = z.string().regex(SNAPSHOT_ID, "must be a snapshot id, snap-...");

/** Source: Amazon EBS API reference, StartSnapshot. */
export const snapshotShape = {
  region: regionSchema,
  description: z.string().max(255).exactOptional(),
  tags: z.record(z.string().min(1).max(128), z.string().max(256)).exactOptional(),
  timeoutMinutes: z.int().min(10, "must be 10 to 4320 minutes").max(4320, "must be 10 to 4320 minutes"),
  encrypted: z.boolean().exactOptional(),
  kmsKeyId: z.string().startsWith("arn:", "must be the ARN of a KMS key").exactOptional(),
};
