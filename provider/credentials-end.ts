/** When AWS credentials end, as the SDK's own chain has them, and whether their source gives others then. */
import { makeClient } from "./object-store";
import { repositoryRoot } from "./project";
import type { Store } from "./store";

export interface CredentialsEnd {
  readonly at: Date;
  /** A profile, a role, a web identity or a machine gives new ones; what stands in the environment stays as it is. */
  readonly isRenewed: boolean;
}

/** @param credentials as the SDK resolves them; where they come from is in `$source` */
export function endOf(credentials: {
  readonly expiration?: Date;
  readonly $source?: object;
}): CredentialsEnd | undefined {
  const { expiration, $source = {} } = credentials;
  return expiration === undefined ? undefined : { at: expiration, isRenewed: !("CREDENTIALS_ENV_VARS" in $source) };
}

/** Of those that a store is used with; undefined where nothing says that they end. */
export type StoreEnd = (store: Store) => Promise<CredentialsEnd | undefined>;

export const storeCredentialsEnd: StoreEnd = async (store) => {
  const client = await makeClient(store, store.endpoint, repositoryRoot());
  return endOf(await client.config.credentials());
};

/** `2026-11-26 14:20 UTC` */
export function clockText(date: Date): string {
  return `${date.toISOString().slice(0, "2026-11-26T14:20".length).replace("T", " ")} UTC`;
}
