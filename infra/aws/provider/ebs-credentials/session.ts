/** Credentials that can put blocks into some snapshots, and do nothing else. */
import type { BlockCredentials } from "../../../../ebs";
import { type AwsClients, awsError } from "../clients";
import { GRANT_ACTION, KEY_ACTIONS, keyArn, keyConditions } from "../keys";
import { partition } from "../region";

export interface PendingSnapshot {
  readonly region: string;
  readonly snapshotId: string;
  /** Then its key is used too. @default false */
  readonly encrypted?: boolean | undefined;
  /** ARN of that key. @default any of the region: the account's for EBS */
  readonly kmsKeyId?: string | undefined;
}

/** @param uploads all have one role */
export type GiveSession = (
  uploads: readonly (PendingSnapshot & { readonly role: string })[],
) => Promise<BlockCredentials>;

/** The longest that a role assumed by a role may live, and the shortest that is of use. */
const SESSION_SECONDS = 3600;

/** What remains of the role's own permissions: the intersection with this. */
export function sessionPolicy(snapshots: readonly PendingSnapshot[]): string {
  const Resource = snapshots.map(
    ({ region, snapshotId }) => `arn:${partition(region)}:ec2:${region}::snapshot/${snapshotId}`,
  );
  const sealed = snapshots.filter(({ encrypted, kmsKeyId }) => encrypted === true || kmsKeyId !== undefined);
  const keys = [...new Set(sealed.map(({ region, kmsKeyId }) => kmsKeyId ?? keyArn(region)))];
  const { use, grant } = keyConditions([...new Set(sealed.map(({ region }) => region))]);
  const onKeys = [
    { Effect: "Allow", Action: KEY_ACTIONS, Resource: keys, Condition: use },
    { Effect: "Allow", Action: GRANT_ACTION, Resource: keys, Condition: grant },
  ];
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "ebs:PutSnapshotBlock", Resource }, ...(keys.length === 0 ? [] : onKeys)],
  });
}

/** Over STS, in the region of the first snapshot. */
export function assumeRole(clients: AwsClients): GiveSession {
  return async (uploads) => {
    const [first] = uploads;
    if (first === undefined) throw new Error("no snapshot to give credentials for");
    const { AssumeRoleCommand } = await import("@aws-sdk/client-sts");
    const command = new AssumeRoleCommand({
      RoleArn: first.role,
      RoleSessionName: `copr-builders-${first.snapshotId}`,
      DurationSeconds: SESSION_SECONDS,
      Policy: sessionPolicy(uploads),
    });
    try {
      const { Credentials } = await (await clients.sts(first.region)).send(command);
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
      if (!AccessKeyId || !SecretAccessKey || !SessionToken) throw new Error("the answer has no credentials");
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        expiresAt: (Expiration ?? new Date(Date.now() + SESSION_SECONDS * 1000)).toISOString(),
      };
    } catch (error) {
      throw awsError(`assume the role ${first.role}`, `sts:AssumeRole on ${first.role}`, first.region, error);
    }
  };
}
