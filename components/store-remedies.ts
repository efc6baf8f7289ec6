/** What to do about a store's own refusals that are no matter of permissions, by the code that the server gives. */

const ENDED =
  'sign in again ("aws sso login" for a profile with SSO), or get a new session: the one for the store has ended';
const ROOM = "make room there, or have the quota raised: what is kept is below builds/, disks/ and packages/";

/**
 * Sources: S3 API reference, "Error responses"; MinIO's list of API errors (`XMinio...`); Ceph RGW, "Quota management"; RFC 4918 (507).
 */
const REMEDIES: Readonly<Record<string, string | undefined>> = {
  ExpiredToken: ENDED,
  InvalidToken: ENDED,
  TokenRefreshRequired: ENDED,
  InvalidAccessKeyId:
    "that server knows no such key: see that endpoint is the server which the key is of, and that the key was not deleted",
  SignatureDoesNotMatch:
    "see that the secret key is the one of that access key, and that no proxy on the way changes the address or the path of requests",
  RequestTimeTooSkewed:
    "the clock of this machine or of that server is wrong: set it (timedatectl tells whether it is kept right)",
  NoSuchBucket: "make the bucket, or name another one in store.bucket",
  AllAccessDisabled: "whoever provides the store has switched the bucket or the account off: ask there",
  AccountProblem: "whoever provides the store has switched the account off: ask there",
  InvalidBucketState: "the bucket does not take that in its present state: ask whoever administers it",
  QuotaExceeded: ROOM,
  InsufficientStorage: ROOM,
  XMinioAdminBucketQuotaExceeded: ROOM,
  XMinioStorageFull: ROOM,
};

/** @param cause as the SDK throws it: its name is the server's code */
export function storeRemedy(cause: unknown): string | undefined {
  return cause instanceof Error && Object.hasOwn(REMEDIES, cause.name) ? REMEDIES[cause.name] : undefined;
}
