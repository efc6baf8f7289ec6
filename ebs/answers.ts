import type { BlockPlace } from "./blocks";
import type { BlockAnswer } from "./put";

/** What an answer means for the block: it is there, may be put again, needs fewer at once or other credentials, or never will. */
export type Verdict = "there" | "again" | "throttled" | "expired" | "refused";

/** Source: Amazon EBS API reference, PutSnapshotBlock and "Common errors"; EC2 API reference, "Error codes". */
const THROTTLED = new Set([
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
]);
const EXPIRED = new Set(["ExpiredToken", "ExpiredTokenException"]);
const CLOCK = new Set(["RequestExpired", "RequestTimeTooSkewed", "InvalidSignatureException", "SignatureDoesNotMatch"]);
const DENIED = new Set(["AccessDeniedException", "AccessDenied", "UnauthorizedOperation"]);
const UNKNOWN_KEYS = new Set(["UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure"]);

export function judge({ status, error }: BlockAnswer): Verdict {
  if (status >= 200 && status < 300) return "there";
  if (THROTTLED.has(error) || status === 429 || status === 503) return "throttled";
  if (EXPIRED.has(error)) return "expired";
  return status >= 500 ? "again" : "refused";
}

/** What the service said, and what to do about it. */
export function explain(place: BlockPlace, index: number, { status, error, message }: BlockAnswer): string {
  const { region, snapshotId } = place;
  const what = `block ${index} of snapshot ${snapshotId} in ${region}`;
  const said = [error, message].filter(Boolean).join(": ") || "nothing more";
  return `${what}: the service answered ${status} ${said}${advice(error, place)}`;
}

function advice(error: string, { region, snapshotId }: BlockPlace): string {
  if (DENIED.has(error)) {
    return `; the credentials need the action ebs:PutSnapshotBlock on arn:aws:ec2:${region}::snapshot/${snapshotId} (and kms:GenerateDataKey on the key of an encrypted one)`;
  }
  if (UNKNOWN_KEYS.has(error)) return `; the credentials are not known in ${region}: is that region enabled?`;
  if (CLOCK.has(error))
    return `; the clock here says ${new Date().toISOString()}: set it right, signatures live minutes`;
  if (error === "ResourceNotFoundException")
    return `; ${region} has no such snapshot: it was deleted, failed after its timeout, or is in another region`;
  if (error === "ConflictException")
    return "; the snapshot takes no more blocks: it is completed, or failed; begin with a new one";
  return "";
}
