/** Whether the store lets us read, write and delete what a build keeps there. */
import type { Finding } from "../infra/platform";
import type { Store } from "../provider";
import { openStore as openRealStore, type OpenStore } from "../provider/object-store";
import { STORE_FOLDERS, storePath } from "../provider/store-folders";

/** An object that is never there, in the folder of each kind. */
const NEVER = "preflight";

export async function storeFindings(
  store: Store,
  stack: string,
  openStore: OpenStore = openRealStore,
): Promise<Finding[]> {
  const opened = openStore(store);
  const checks = STORE_FOLDERS.flatMap((folder) => {
    const object = storePath(folder, stack, NEVER);
    return [
      attempt("s3:GetObject and s3:ListBucket", () => opened.getJson(object)),
      attempt("s3:PutObject", () => opened.tryPut(object)),
      attempt("s3:DeleteObject", () => opened.delete(object)),
      attempt("s3:ListBucket", () => opened.list(object)),
    ];
  });
  const problems = new Map((await Promise.all(checks)).flat().map((finding) => [finding.remedy, finding]));
  return [...problems.values()];

  async function attempt(actions: string, ask: () => Promise<unknown>): Promise<Finding[]> {
    try {
      await ask();
      return [];
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      const remedy = `check bucket, address and credentials; the credentials need ${actions}`;
      return [{ path: "store", problem, remedy }];
    }
  }
}
