/** EBS snapshots of one region, as this provider needs them: started, completed, looked at, deleted. */
import type { EBSClient } from "@aws-sdk/client-ebs";
import type { Snapshot } from "@aws-sdk/client-ec2";
import type { BlockCredentials, GiveCredentials, WrittenBlocks } from "../../../ebs";
import { hasTags, readTags, tagFilters, writeTags } from "./tags";
import { type AwsClients, awsError, endpointOf, nameOf } from "./clients";

export interface StartArgs {
  readonly volumeGib: number;
  /** Two starts with the same token are one. */
  readonly token: string;
  readonly description?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** AWS gives up a snapshot that gets no block for so long. 10 to 4320. */
  readonly timeoutMinutes: number;
  readonly encrypted?: boolean | undefined;
  readonly kmsKeyId?: string | undefined;
}

export interface SnapshotInfo {
  readonly state: "pending" | "completed" | "error" | "other";
  /** E.g. `99%`. */
  readonly progress: string;
  /** Why, where it failed. */
  readonly message: string;
  readonly encrypted: boolean;
  readonly volumeGib: number;
  readonly tags: Readonly<Record<string, string>>;
}

export interface FoundSnapshot extends SnapshotInfo {
  readonly snapshotId: string;
}

export interface EbsSnapshots {
  readonly region: string;
  start(args: StartArgs): Promise<{ readonly snapshotId: string; readonly encrypted: boolean }>;
  complete(snapshotId: string, written: WrittenBlocks): Promise<void>;
  /** Undefined if there is none: never, any more, or not visible yet. */
  find(snapshotId: string): Promise<SnapshotInfo | undefined>;
  /** Those of this account that bear all of these tags exactly. */
  list(tags: Readonly<Record<string, string>>): Promise<readonly FoundSnapshot[]>;
  /** What is gone is deleted. */
  delete(snapshotId: string): Promise<void>;
  tag(snapshotId: string, set: Readonly<Record<string, string>>, remove: readonly string[]): Promise<void>;
  /** For putting blocks as the user of this program. */
  readonly credentials: GiveCredentials;
  /** Base URL for putting blocks. @default Amazon's */
  readonly blockEndpoint: string | undefined;
}

export type OpenSnapshots = (region: string) => EbsSnapshots;

export function openSnapshots(clients: AwsClients): OpenSnapshots {
  return (region) => {
    const failed = (doing: string, action: string, cause: unknown): Error => awsError(doing, action, region, cause);
    return {
      region,
      blockEndpoint: endpointOf("EBS", process.env),
      start: async (args) => {
        const { StartSnapshotCommand } = await import("@aws-sdk/client-ebs");
        const { volumeGib: VolumeSize, token: ClientToken, timeoutMinutes: Timeout, description, kmsKeyId } = args;
        const command = new StartSnapshotCommand({
          ...{ VolumeSize, ClientToken, Timeout, Tags: writeTags(args.tags) },
          ...(description !== undefined && { Description: description }),
          ...(args.encrypted === true && { Encrypted: true }),
          ...(kmsKeyId !== undefined && { Encrypted: true, KmsKeyArn: kmsKeyId }),
        });
        try {
          const { SnapshotId, KmsKeyArn } = await (await clients.ebs(region)).send(command);
          if (SnapshotId === undefined) throw new Error("the answer names no snapshot");
          // An account may encrypt everything without being asked.
          return { snapshotId: SnapshotId, encrypted: args.encrypted === true || KmsKeyArn !== undefined };
        } catch (error) {
          throw failed("start a snapshot", "ebs:StartSnapshot (and ec2:CreateTags for its tags)", error);
        }
      },
      complete: async (snapshotId, { changedBlocks, checksum }) => {
        const { CompleteSnapshotCommand } = await import("@aws-sdk/client-ebs");
        const command = new CompleteSnapshotCommand({
          ...{ SnapshotId: snapshotId, ChangedBlocksCount: changedBlocks, Checksum: checksum },
          ...{ ChecksumAlgorithm: "SHA256", ChecksumAggregationMethod: "LINEAR" },
        });
        try {
          await (await clients.ebs(region)).send(command);
        } catch (error) {
          throw failed(`complete snapshot ${snapshotId}`, "ebs:CompleteSnapshot", error);
        }
      },
      find: async (snapshotId) => {
        const { DescribeSnapshotsCommand } = await import("@aws-sdk/client-ec2");
        try {
          const answer = await (
            await clients.ec2(region)
          ).send(new DescribeSnapshotsCommand({ SnapshotIds: [snapshotId] }));
          const [found] = answer.Snapshots ?? [];
          return found === undefined ? undefined : describe(found);
        } catch (error) {
          if (isMissing(error)) return undefined;
          throw failed(`look at snapshot ${snapshotId}`, "ec2:DescribeSnapshots", error);
        }
      },
      list: async (tags) => {
        const { paginateDescribeSnapshots } = await import("@aws-sdk/client-ec2");
        const Filters = tagFilters(tags);
        const found: FoundSnapshot[] = [];
        try {
          const pages = paginateDescribeSnapshots(
            { client: await clients.ec2(region) },
            { OwnerIds: ["self"], Filters },
          );
          for await (const { Snapshots = [] } of pages) found.push(...Snapshots.map(describe));
        } catch (error) {
          throw failed("list snapshots", "ec2:DescribeSnapshots", error);
        }
        // A filter takes `*` and `?` for patterns.
        return found.filter((one) => hasTags(one.tags, tags));
      },
      delete: async (snapshotId) => {
        const { DeleteSnapshotCommand } = await import("@aws-sdk/client-ec2");
        try {
          await (await clients.ec2(region)).send(new DeleteSnapshotCommand({ SnapshotId: snapshotId }));
        } catch (error) {
          if (isMissing(error)) return;
          const used = nameOf(error) === "InvalidSnapshot.InUse" ? " (deregister the AMIs made from it first)" : "";
          throw failed(`delete snapshot ${snapshotId}${used}`, "ec2:DeleteSnapshot", error);
        }
      },
      tag: async (snapshotId, set, remove) => {
        const { CreateTagsCommand, DeleteTagsCommand } = await import("@aws-sdk/client-ec2");
        const client = await clients.ec2(region);
        const Resources = [snapshotId];
        try {
          if (remove.length > 0)
            await client.send(new DeleteTagsCommand({ Resources, Tags: remove.map((Key) => ({ Key })) }));
          if (Object.keys(set).length > 0)
            await client.send(new CreateTagsCommand({ Resources, Tags: writeTags(set) }));
        } catch (error) {
          throw failed(`tag snapshot ${snapshotId}`, "ec2:CreateTags and ec2:DeleteTags", error);
        }
      },
      credentials: async (refused) => {
        const { credentials: ask } = (await clients.ebs(region)).config;
        const kept = blockCredentials(await ask());
        // The SDK keeps them until the clock here says that they have ended.
        return refused !== undefined && kept.accessKeyId === refused.accessKeyId
          ? blockCredentials(await ask({ forceRefresh: true }))
          : kept;
      },
    };
  };
}

type SdkCredentials = Awaited<ReturnType<EBSClient["config"]["credentials"]>>;

function blockCredentials({
  accessKeyId,
  secretAccessKey,
  sessionToken,
  expiration,
}: SdkCredentials): BlockCredentials {
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    ...(expiration !== undefined && { expiresAt: expiration.toISOString() }),
  };
}

function describe(found: Snapshot): FoundSnapshot {
  const { SnapshotId = "", State, Progress = "", StateMessage = "", Encrypted = false, VolumeSize = 0 } = found;
  return {
    snapshotId: SnapshotId,
    state: State === "pending" || State === "completed" || State === "error" ? State : "other",
    ...{ progress: Progress, message: StateMessage, encrypted: Encrypted, volumeGib: VolumeSize },
    tags: readTags(found.Tags),
  };
}

const isMissing = (error: unknown): boolean => nameOf(error) === "InvalidSnapshot.NotFound";
