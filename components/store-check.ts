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
      attempt("s3:GetObject and s3:ListBucket", () => opened.getJson(object)),
      attempt("s3:PutObject", () => opened.tryPut(storePath(folder, stack, TRIED))),
      attempt("s3:DeleteObject", () => opened.delete(object)),
      attempt("s3:ListBucket", () => opened.list(object)),
    ];
  });
  const problems = new Map((await Promise.all(checks)).flat().map((finding) => [finding.remedy, finding]));
  return [...problems.values(), ...(problems.size === 0 ? setupFindings(store.bucket, await opened.setup()) : [])];

  async function attempt(actions: string, ask: () => Promise<unknown>): Promise<Finding[]> {
    try {
      await ask();
      return [];
    } catch (error) {
      const problem = messageOf(error);
      if (error instanceof NoConditions) return [{ path: "store", problem, remedy: OTHER_SERVER }];
      if (error instanceof OtherRegion) return [{ path: "store.region", problem, remedy: regionRemedy(error) }];
      const remedy = `check bucket, address and credentials; the credentials need ${actions}`;
      return [{ path: "store", problem, remedy }];
    }
  }
}

function regionRemedy({ region }: OtherRegion): string {
  return region === undefined
    ? 'write the region that the bucket is in ("aws s3api get-bucket-location" tells it)'
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
