/** What in a region names images of ours, or why that can't be told, and what to do. */
import { messageOf } from "../../contract/message-of";
import type { ImageUser } from "../platform";
import { errorName, errorText, isDenied, openClients, type Clients, type OpenClients } from "./ask";
import { readRefusal } from "./denial";
import { imageUsers, USERS_ACTION } from "./provider/image-users";
import type { AwsPlace } from "./settings";

export async function awsUsersOf(
  { region, keepNamed = true }: Pick<AwsPlace, "region" | "keepNamed">,
  imageIds: readonly string[],
  open: OpenClients = openClients,
): Promise<readonly ImageUser[]> {
  if (!keepNamed || imageIds.length === 0) return [];
  return usersIn((await open(region)).ec2, region, imageIds);
}

export async function usersIn(
  ec2: Clients["ec2"],
  region: string,
  imageIds: readonly string[],
): Promise<readonly ImageUser[]> {
  try {
    return await imageUsers(ec2, imageIds);
  } catch (cause) {
    const why = errorText(cause).replace(/\.$/, "");
    throw new Error(`what names images in ${region} can't be told: ${why}; ${remedy(cause)}`, { cause });
  }
}

/** A partition, or what stands in for EC2, that is older than the question. */
const UNKNOWN_ACTION = /^(InvalidAction|UnknownOperation(Exception)?|NotImplemented)$/;

function remedy(cause: unknown): string {
  const anyway = "keepNamed: false at the target lets images go whatever names them";
  if (UNKNOWN_ACTION.test(errorName(cause))) return `EC2 there does not know the question; ${anyway}`;
  if (!isDenied(cause)) return "see that AWS can be reached from here, then try again";
  const { action, by } = readRefusal(messageOf(cause), USERS_ACTION);
  const first =
    by === "permissions"
      ? `allow ${action}, as "npm run preflight -- --policy" prints it`
      : `a rule denies ${action}, and "npm run preflight" says whose`;
  return `${first}; ${anyway}`;
}
