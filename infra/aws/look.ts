/** A region as it is: whose account, which of the wanted images are there and whose they are, which snapshots are lost. */
import { awsError } from "./provider/clients";
import { imagesNamed } from "./provider/images";
import { allPages } from "./provider/pages";
import { mayBeOf, readTags } from "./provider/tags";
import { BUILD_TAG } from "../../provider/owner";
import type { PlaceView } from "../platform";
import { openClients, type Clients, type OpenClients } from "./ask";
import type { AwsPlace } from "./settings";

/** The account that our requests in a region are signed for: asked once a run. */
const accounts = new Map<string, Promise<string>>();

export async function awsLook(
  { region, public: wantsPublic = false }: Pick<AwsPlace, "region"> & Partial<Pick<AwsPlace, "public">>,
  names: readonly string[],
  open: OpenClients = openClients,
): Promise<PlaceView> {
  const { sts } = await open(region);
  const asked = accounts.get(region) ?? account(sts, region);
  accounts.set(region, asked);
  const [id, images] = await Promise.all([
    asked,
    names.length === 0
      ? []
      : imagesNamed(async (where) => (await open(where)).ec2, region, names).catch(
          failing("look at images", LOOKS, region),
        ),
  ]);
  return {
    identity: `aws-${id}-${region}`,
    images: images.map(({ name, imageId, owner, settled, state, isPublic }) => ({
      name,
      imageId,
      ...(owner === undefined ? {} : { owner }),
      whole: settled && state === "available",
      ...(wantsPublic && !isPublic ? { lacks: NOT_PUBLIC } : {}),
    })),
  };
}

/** Amazon takes it from old images that nobody uses, and an account or organization from all. */
const NOT_PUBLIC =
  "is not public, as the settings want it: AWS or somebody took that back; npm run preflight says whether the account blocks it, " +
  "and pulumi up --refresh gives it again";

/** What it takes, also where somebody may only read. */
const LOOKS = "ec2:DescribeImages, and ec2:DescribeSnapshots for what tells whose they are";

function failing(doing: string, action: string, region: string): (cause: unknown) => never {
  return (cause) => {
    throw awsError(doing, action, region, cause);
  };
}

async function account(sts: Clients["sts"], region: string): Promise<string> {
  const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  const { Account } = await sts
    .send(new GetCallerIdentityCommand({}))
    .catch(failing("ask whose account this is", "sts:GetCallerIdentity", region));
  if (Account === undefined) throw new Error(`AWS in ${region} does not say whose account this is; try again`);
  return Account;
}

/**
 * Those of the builds that have no snapshot of ours in the region, finished or on its way. What bears no identity counts as
 * ours: a version of ours that knew none made it.
 * @param keys build keys whose snapshot is in the state
 */
export async function lostSnapshots(
  { region }: Pick<AwsPlace, "region">,
  identity: string,
  keys: readonly string[],
  open: OpenClients = openClients,
): Promise<string[]> {
  if (keys.length === 0) return [];
  const { DescribeSnapshotsCommand } = await import("@aws-sdk/client-ec2");
  const { ec2 } = await open(region);
  const Filters = [{ Name: `tag:${BUILD_TAG}`, Values: [...keys] }];
  const found = await allPages(
    (next) => ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"], Filters, ...next })),
    ({ Snapshots }) => Snapshots,
  ).catch(failing("look at snapshots", "ec2:DescribeSnapshots", region));
  const there = new Set(
    found.flatMap(({ State, Tags }) => {
      const tags = readTags(Tags);
      return State !== "error" && mayBeOf(tags, identity) ? (tags[BUILD_TAG] ?? []) : [];
    }),
  );
  return keys.filter((key) => !there.has(key));
}
