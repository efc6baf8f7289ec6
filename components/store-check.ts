/** Whether the store lets us read, write and delete what a build keeps there. */
import { messageOf } from "../contract/message-of";
import type { Finding } from "../infra/platform";
import type { Store } from "../provider";
import {
  NoConditions,
  OtherRegion,
  openStore as openRealStore,
  type BucketSetup,
  type OpenStore,
} from "../provider/object-store";
import { storeFolders, storePath } from "../provider/store-folders";
import { storeRemedy } from "./store-remedies";

/** Objects that are never there, in the folder of each kind; a server without conditions has the second one for a moment. */
const NEVER = "preflight";
const TRIED = "preflight-write";

const OTHER_SERVER =
  "two runs could not be told apart: take a newer version of that server or another one (Amazon S3, MinIO and Ceph have them)";

export interface StoreCheck {
  readonly store: Store;
  readonly stack: string;
  /** Records are signed. @default false */
  readonly signs?: boolean;
  readonly openStore?: OpenStore;
}

export async function storeFindings({
  store,
  stack,
  signs = false,
  openStore = openRealStore,
}: StoreCheck): Promise<Finding[]> {
  const opened = openStore(store);
  const checks = storeFolders(signs).flatMap((folder) => {
    const object = storePath(folder, stack, NEVER);
    return [
      attempt(["s3:GetObject", "s3:ListBucket"], () => opened.getJson(object)),
      attempt(["s3:PutObject"], () => opened.tryPut(storePath(folder, stack, TRIED))),
      attempt(["s3:DeleteObject"], () => opened.delete(object)),
      attempt(["s3:ListBucket"], () => opened.list(object)),
    ];
  });
  const failures = (await Promise.all(checks)).flat();
  const findings = distinct([...failures.flatMap(knownFinding), ...unknownFindings(failures)]);
  return [...findings, ...(findings.length === 0 ? setupFindings(store.bucket, await opened.setup()) : [])];
}

interface Failure {
  /** What the credentials need for it. */
  readonly actions: readonly string[];
  readonly error: unknown;
}

async function attempt(actions: readonly string[], ask: () => Promise<unknown>): Promise<Failure[]> {
  try {
    await ask();
    return [];
  } catch (error) {
    return [{ actions, error }];
  }
}

function knownFinding({ error }: Failure): Finding[] {
  const problem = messageOf(error);
  if (error instanceof NoConditions) return [{ path: "store", problem, remedy: OTHER_SERVER }];
  if (error instanceof OtherRegion) return [{ path: "store.region", problem, remedy: regionRemedy(error) }];
  return [];
}

/** What fails for one reason is one thing that is missing: a store that nobody reaches lacks no permission of its own. */
function unknownFindings(failures: readonly Failure[]): Finding[] {
  const byReason = new Map<string, Failure[]>();
  for (const failure of failures.filter((one) => knownFinding(one).length === 0)) {
    const reason = reasonOf(failure.error);
    byReason.set(reason, [...(byReason.get(reason) ?? []), failure]);
  }
  return [...byReason.values()].map((all) => {
    const actions = [...new Set(all.flatMap((one) => one.actions))].sort().join(", ");
    const { error } = all[0] ?? {};
    const known = storeRemedy(error instanceof Error ? (error.cause ?? error) : error);
    if (known !== undefined) return { path: "store", problem: messageOf(error), remedy: known };
    return {
      path: "store",
      problem: messageOf(error),
      remedy: `check bucket, address and credentials; the credentials need ${actions}`,
    };
  });
}

/** Without what was asked for. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}

/** Every folder of a store has the same to say. */
function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [one.remedy, one])).values()];
}

function regionRemedy({ region }: OtherRegion): string {
  return region === undefined
    ? 'write the region that the bucket is in ("aws s3api get-bucket-location" tells it), or that its server goes by'
    : `the bucket is in ${region}: write that`;
}

function setupFindings(bucket: string, { keepsVersions, locks, requesterPays }: BucketSetup): Finding[] {
  const path = "store.bucket";
  const versions: Finding = {
    path,
    problem: `${bucket} keeps versions: what is deleted or overwritten there stays, and is paid for`,
    remedy: "let a rule of its lifecycle end old versions (NoncurrentVersionExpiration); nothing stops for that",
    note: true,
  };
  const locked: Finding = {
    path,
    problem: `${bucket} locks new objects (${locks}): disks and leases could not be deleted, and S3 takes none without a checksum`,
    remedy: 'take the default retention away ("aws s3api put-object-lock-configuration"), or name another bucket',
  };
  const paid: Finding = {
    path,
    problem: `${bucket} has requester pays: addresses that workers and hypervisors are given don't say that they pay`,
    remedy: 'switch it off ("aws s3api put-bucket-request-payment"), or name another bucket',
  };
  return [...(locks !== undefined ? [locked] : keepsVersions ? [versions] : []), ...(requesterPays ? [paid] : [])];
}
