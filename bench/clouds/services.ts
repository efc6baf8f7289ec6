/** What stands in, each behind a link of the bandwidth: Amazon's EBS, a store, Cloud Object Storage, Glance. */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { OpenCloud } from "../../infra/openstack/provider/cloud/cloud";
import type { Store } from "../../provider/store";
import { startAwsEmulator } from "../../standins/aws-emulator/start";
import { type IbmCloud, startIbmCloud } from "../../standins/ibm-cloud/start";
import { BUCKET, PROFILE, REGION, startStore, writeHmacKeys } from "../../standins/world/store";
import { startFake, startReleased } from "./glance";
import { type Link, makeLink } from "./link";

export const COS = { location: "jp-tok", bucket: "images" };

export interface Services {
  readonly links: Readonly<Record<"store" | "ebs" | "cos" | "glance", Link>>;
  readonly store: Store;
  readonly ibm: IbmCloud;
  readonly openCloud: OpenCloud;
  /** Of the AWS emulator's user. */
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Nothing that stands in waits by itself: an image is there once its bytes are. @param stops what ends it all, filled on the way */
export async function startServices(
  folder: string,
  { bytesPerSecond, released }: { readonly bytesPerSecond: number; readonly released: boolean },
  stops: (() => Promise<void>)[],
): Promise<Services> {
  mkdirSync(folder, { recursive: true });
  const begun = [
    startStore(join(folder, "store")),
    startStore(join(folder, "cos"), { bucket: COS.bucket, region: COS.location }),
    startAwsEmulator({ folder: join(folder, "aws"), pendingReads: 0 }),
    released ? startReleased(join(folder, "openstack")) : startFake(),
  ] as const;
  for (const service of begun) void service.then((one) => stops.push(() => one.stop())).catch(() => undefined);
  await Promise.allSettled(begun);
  const [store, cos, aws, glance] = await Promise.all(begun);
  const ibm = await startIbmCloud({
    ...{ pageSize: 50, pendingReads: 0, cos: { folder: dirname(cos.data), location: COS.location } },
  });
  stops.push(() => ibm.stop());
  const link = async (url: string): Promise<Link> => {
    const made = await makeLink(Number(new URL(url).port), bytesPerSecond);
    stops.push(made.stop);
    return made;
  };
  const links = {
    store: await link(store.url),
    ebs: await link(aws.endpoint),
    cos: await link(cos.url),
    glance: await link(glance.address),
  };
  Object.assign(process.env, aws.environment, ibm.environment, {
    AWS_ENDPOINT_URL: links.ebs.url,
    COS_CREDENTIALS_FILE: writeHmacKeys(folder, cos),
    IBMCLOUD_COS_ENDPOINT: links.cos.url,
  });
  const credentials = { file: store.credentials, profile: PROFILE };
  return {
    ...{ links, ibm, openCloud: glance.openCloud, keys: aws.credentials },
    store: { bucket: BUCKET, region: REGION, endpoint: links.store.url, credentials },
  };
}
