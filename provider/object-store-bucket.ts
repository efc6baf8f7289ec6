/** How a bucket is set up, as far as it matters to what is written there and deleted. Only Amazon's S3 knows all of it. */
import type { S3Client } from "@aws-sdk/client-s3";

export interface BucketSetup {
  /** What is overwritten or deleted stays, as an old version. */
  readonly keepsVersions: boolean;
  /** How long new objects can't be deleted or overwritten: `GOVERNANCE, 30 days`. @default not at all */
  readonly locks?: string;
  /** Whoever asks pays, and must say so with each request. */
  readonly requesterPays: boolean;
}

/** What nobody tells, or a server does not know, is taken as usual: whoever reads and writes hears of what is wrong. */
export async function bucketSetup(Bucket: string, client: () => Promise<S3Client>): Promise<BucketSetup> {
  const sdk = await import("@aws-sdk/client-s3");
  const s3 = await client();
  const told = <T>(answer: Promise<T>): Promise<T | undefined> => answer.catch(() => undefined);
  const [versioning, lock, payment] = await Promise.all([
    told(s3.send(new sdk.GetBucketVersioningCommand({ Bucket }))),
    told(s3.send(new sdk.GetObjectLockConfigurationCommand({ Bucket }))),
    told(s3.send(new sdk.GetBucketRequestPaymentCommand({ Bucket }))),
  ]);
  const kept = lock?.ObjectLockConfiguration?.Rule?.DefaultRetention;
  const time = kept?.Years === undefined ? `${kept?.Days ?? "some"} days` : `${kept.Years} years`;
  return {
    keepsVersions: versioning?.Status === "Enabled",
    ...(kept === undefined ? {} : { locks: [...(kept.Mode === undefined ? [] : [kept.Mode]), time].join(", ") }),
    requesterPays: payment?.Payer === "Requester",
  };
}
