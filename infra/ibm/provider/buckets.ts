/** Buckets of Cloud Object Storage, with their keys, for resources. */
import { type OpenBucket, openBucket } from "../../../provider/object-store-parts";
import { cosBucket, type CosBucket } from "./cos";

/** @param endpoint where others reach it: URLs are signed for there. @default as it is reached from here */
export type Buckets = (of: CosBucket, endpoint?: string) => OpenBucket;

export function bucketsOf(env: Readonly<Record<string, string | undefined>>): Buckets {
  return (of, endpoint) => openBucket({ ...cosBucket(of, env), ...(endpoint === undefined ? {} : { endpoint }) });
}
