/** The bucket that images are imported from: there, ours to write, where the settings say, and open to the image service. */
import { messageOf } from "../../contract/message-of";
import type { Finding } from "../platform";
import type { IbmClients } from "./provider/clients";
import type { CosInstance } from "./provider/cos";
import { targetPath, type Use } from "./finding";
import { AUTHORIZE } from "./policy";

export async function bucketFindings({ places }: Use, clients: IbmClients): Promise<Finding[]> {
  const targets = new Map(places.map(({ path, spec }) => [`${targetPath(path)}.bucket`, spec.bucket]));
  const asked = [...targets].map(async ([path, { name, region }]) => [
    ...(await reachable(path, name, region, clients)),
    ...(await authorized(path, name, clients)),
  ]);
  return (await Promise.all(asked)).flat();
}

/** What follows the location where a bucket says where it is. Source: IBM's guide "Use storage classes". */
const STORAGE_CLASS = /-(standard|vault|cold|flex|smart|onerate_active)$/;

async function reachable(path: string, bucket: string, location: string, clients: IbmClients): Promise<Finding[]> {
  try {
    const found = await clients.bucket({ location, bucket }).look();
    if (found === undefined || found.replace(STORAGE_CLASS, "") === location) return [];
    return [{ path: `${path}.region`, problem: `bucket ${bucket} is in ${found}`, remedy: "write that location" }];
  } catch (error) {
    const remedy = "see that the bucket is there, in this location, and that the HMAC keys have the role Writer on it";
    return [{ path, problem: messageOf(error), remedy }];
  }
}

async function authorized(path: string, bucket: string, clients: IbmClients): Promise<Finding[]> {
  const { account } = clients;
  const of = instanceOf(clients);
  try {
    if (of !== undefined && of.account !== (await account.id())) {
      const problem = `bucket ${bucket} is in account ${of.account}, whose authorizations this API key does not see`;
      const remedy = `without one imports fail; if they do, run there, with --source-service-account ${await account.id()}: ${AUTHORIZE}`;
      return [{ path, problem, remedy, note: true }];
    }
    if (await account.imagesMayRead(bucket, of?.instance)) return [];
    const problem = `the image service of VPC may not read bucket ${bucket}`;
    return [{ path, problem, remedy: `run: ${AUTHORIZE}` }];
  } catch (error) {
    const problem = `whether the image service may read bucket ${bucket} could not be asked: ${messageOf(error)}`;
    return [{ path, problem, remedy: `without it imports fail; if they do, run: ${AUTHORIZE}`, note: true }];
  }
}

function instanceOf({ cosInstance }: IbmClients): CosInstance | undefined {
  try {
    return cosInstance();
  } catch {
    // The look at the bucket says that there are no keys.
    return undefined;
  }
}
