/**
 * The artifact store: an S3 bucket, Amazon's or one that speaks its protocol.
 * This file holds its description (plain data that crosses stacks); `object-store.ts` is the client.
 */
export interface Store {
  readonly bucket: string;
  readonly region: string;
  /** Base URL as this machine and the hypervisors reach it; absent for Amazon's own. */
  readonly endpoint?: string;
  /** Base URL as the workers reach it. @default endpoint */
  readonly endpointForWorkers?: string;
  /** Credentials from one file and profile instead of the AWS SDK's usual chain. No secret is stored in settings. */
  readonly credentials?: {
    /** Path of a file in the format of ~/.aws/credentials, absolute or relative to the project. */
    readonly file: string;
    readonly profile: string;
  };
}
