/** What it takes to be told what names images: infra/aws/users.ts. A run can do without, and keeps more then. */
import type { Action } from "./action-names";
import { within, type AwsUse, type Grant } from "./grants";
import { USERS_ACTION, USERS_ACTIONS, USERS_SERVICE } from "./provider/image-users";

/** Names of the statements. */
export const ASK = "AskWhatNamesImages";
export const READ = "ReadWhatNamesImages";

/** As Amazon's own AmazonEC2ImageReferencesAccessPolicy has it, within the regions of the settings. */
export function userGrants(use: AwsUse): Grant<Action>[] {
  if (use.places.every(({ spec }) => spec.keepNamed === false)) return [];
  const through = { "ForAnyValue:StringEquals": { "aws:CalledVia": [USERS_SERVICE] } };
  return [
    { sid: ASK, actions: [USERS_ACTION], resources: ["*"], condition: within(use) },
    { sid: READ, actions: USERS_ACTIONS, resources: ["*"], condition: { ...within(use), ...through } },
  ];
}
