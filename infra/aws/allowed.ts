/** Allowed AMIs: where an account has them on, images that no criterion admits are hidden as if there were none. */
import type { ImageCriterion } from "@aws-sdk/client-ec2";
import type { Finding } from "../platform";
import { isAnswer, type Clients } from "./ask";

/** Undefined where every image may be used, or nobody tells. */
export interface AllowedImages {
  readonly criteria: readonly ImageCriterion[];
  /** True if an organization's declarative policy has set them, and the account can't. */
  readonly isDeclared: boolean;
}

/** Asked only where an image is missing: a run does not need it. */
export async function allowedImages(ec2: Clients["ec2"]): Promise<AllowedImages | undefined> {
  const { GetAllowedImagesSettingsCommand } = await import("@aws-sdk/client-ec2");
  try {
    const answer = await ec2.send(new GetAllowedImagesSettingsCommand({}));
    const { State, ImageCriteria: criteria = [], ManagedBy } = answer;
    return State === "enabled" ? { criteria, isDeclared: ManagedBy === "declarative-policy" } : undefined;
  } catch (error) {
    // Not allowed, or a region that has none of it.
    if (isAnswer(error)) return undefined;
    throw error;
  }
}

interface Wanted {
  readonly owner: string;
  /** With `*` for any text. */
  readonly name: string;
}

/** Why an image that is not found may be there and hidden; undefined where a criterion admits all of that owner's. */
export function hiddenBy(
  { criteria, isDeclared }: AllowedImages,
  { owner, name }: Wanted,
  region: string,
): Pick<Finding, "problem" | "remedy"> | undefined {
  const ofOwner = criteria.filter(
    ({ ImageProviders = [] }) => ImageProviders.length === 0 || ImageProviders.some((one) => isOf(one, owner)),
  );
  const free = ofOwner.filter((one) => limits(one) === "");
  if (free.some(({ ImageProviders = [] }) => ImageProviders.length === 0 || ImageProviders.includes(owner)))
    return undefined;
  const providers = listed(criteria.flatMap(({ ImageProviders = [] }) => ImageProviders));
  const why =
    ofOwner.length === 0
      ? `admit images of ${providers}, and none of ${owner}`
      : free.length > 0
        ? `admit images of ${providers}, and ${owner} may be none of these`
        : `admit of ${owner} only images ${ofOwner.map(limits).join(", or images ")}`;
  return {
    problem: `the Allowed AMIs of the account in ${region} ${why}: ${name} is hidden, if it is there`,
    remedy: isDeclared
      ? "a declarative policy of the organization says so: ask who administers it to admit the image, or take one that it admits"
      : `admit it ("aws ec2 replace-image-criteria-in-allowed-images-settings --region ${region}"), or take one that is admitted`,
  };
}

/** Providers are accounts, or `amazon` and the like: which account such a name stands for is not known. */
function isOf(provider: string, owner: string): boolean {
  return provider === owner || !/^\d{12}$/.test(provider);
}

function limits(one: ImageCriterion): string {
  const { ImageNames = [], CreationDateCondition, DeprecationTimeCondition, MarketplaceProductCodes = [] } = one;
  const days = CreationDateCondition?.MaximumDaysSinceCreated;
  const deprecated = DeprecationTimeCondition?.MaximumDaysSinceDeprecated;
  return [
    ...(ImageNames.length === 0 ? [] : [`named ${listed(ImageNames)}`]),
    ...(days === undefined ? [] : [`not older than ${days} days`]),
    ...(deprecated === undefined ? [] : [`not deprecated for more than ${deprecated} days`]),
    ...(MarketplaceProductCodes.length === 0 ? [] : ["of some product codes"]),
  ].join(" and ");
}

function listed(all: readonly string[]): string {
  return all.length === 0 ? "nobody" : [...new Set(all)].join(", ");
}
