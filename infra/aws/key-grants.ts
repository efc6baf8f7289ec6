/** Which actions on keys these settings need. */
import { unique, type Grant, type Sealed } from "./grants";
import { GRANT_ACTION, KEY_ACTIONS, keyArn, keyConditions } from "./provider/keys";

export type KeyAction = (typeof KEY_ACTIONS)[number] | typeof GRANT_ACTION;

/**
 * EC2 and EBS direct use keys in our name, for machines' volumes and encrypted snapshots: those that the settings name, and
 * where they name none, the account's for EBS, whichever that is.
 */
export function keyGrants(all: readonly Sealed[]): Grant<KeyAction>[] {
  const open = new Set(all.filter(({ kmsKeyId }) => kmsKeyId === undefined).map(({ region }) => region));
  const resources = unique(
    all.map(({ region, kmsKeyId }) => (kmsKeyId === undefined || open.has(region) ? keyArn(region) : kmsKeyId)),
  );
  const { use, grant } = keyConditions(unique(all.map(({ region }) => region)));
  return [
    { sid: "UseKeysThroughEc2", actions: KEY_ACTIONS, resources, condition: use },
    { sid: "GrantKeysToEc2", actions: [GRANT_ACTION], resources, condition: grant },
  ];
}

/** The statement that lets preflight look at the keys of the settings; a run can do without. */
export const LOOK_AT_KEYS = "LookAtKeys";
export const LOOK_ACTIONS = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListGrants"] as const;

/** Asked by ourselves, not through EC2, of the keys that the settings name. */
export function lookGrants(all: readonly Sealed[]): Grant<(typeof LOOK_ACTIONS)[number]>[] {
  const resources = unique(all.flatMap(({ kmsKeyId }) => kmsKeyId ?? []));
  return resources.length === 0 ? [] : [{ sid: LOOK_AT_KEYS, actions: LOOK_ACTIONS, resources }];
}
