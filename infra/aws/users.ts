/** What in a region names images of ours, or why that can't be told, and what to do. */
import type { ImageUser } from "../platform";
import { errorName, errorText, isDenied, openClients, type OpenClients } from "./ask";
import { readRefusal } from "./denial";
import { imageUsers, USERS_ACTION } from "./provider/image-users";
import type { AwsPlace } from "./settings";
import { messageOf } from "../../contract/message-of";

export async function awsUsersOf(
  { region, keepNamed = true }: Pick<AwsPlace, "region" | "keepNamed">,
  imageIds: readonly string[],
  open: OpenClients = openClients,
): Promise<readonly ImageUser[]> {
  if (!keepNamed || imageIds.length === 0) return [];
  try {
    return await imageUsers((await open(region)).ec2, imageIds);
  } catch (cause) {
    throw new Error(
      `what names images in ${region} can't be told: ${errorText(cause).replace(/\.$/, "")}; ${remedy(cause)}, or set ` +
        "keepNamed: false at the target, and they go whatever names them",
      { cause },
    );
  }
}

/** A partition, or what stands in for EC2, that is older than the question. */
const UNKNOWN_ACTION = /^(InvalidAction|UnknownOperation(Exception)?|NotImplemented)$/;

function remedy(cause: unknown): string {
  if (UNKNOWN_ACTION.test(errorName(cause))) return "EC2 there does not know the question: look by hand";
  if (!isDenied(cause)) return "see that AWS can be reached from here, then try again";
  const { action, by } = readRefusal(messageOf(cause), USERS_ACTION);
  return by === "permissions"
    ? `allow ${action}, as "npm run preflight -- --policy" prints it`
    : `a rule denies ${action}: "npm run preflight" says whose it is`;
}
