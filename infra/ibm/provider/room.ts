/** The resources of IBM Cloud in the provider's process, and the disks that lie in Cloud Object Storage. */
import { openBucket } from "../../../provider/object-store-parts";
import { MAP, SECRET_TEXT, TAGS, TEXT, TEXTS, WHOLE, resource } from "../../../provider/package-schema";
import { cacheHome } from "../../../provider/private-folder";
import type { KeptForms, OpenRoom } from "../../../provider/room";
import { ibmClients, type IbmClients } from "./clients";
import { type CosBucket, cosBucket, diskObject, readCosPlace } from "./cos";
import { ibmDiskObjectHandler, type DiskObjectOptions } from "./disk-object/handler";
import { deleteDisk } from "./disk-object/marks";
import { ibmImageHandler } from "./image/handler";
import { ibmMachineHandler } from "./machine/handler";

export const room: OpenRoom = ({ run, openStore, wait, env }) => {
  let opened: IbmClients | undefined;
  const clients = () => (opened ??= ibmClients({ env, wait }));
  const buckets = { openBucket, bucketOf: (of: CosBucket) => cosBucket(of, env) };
  const resources = {
    "builders:index:IbmDiskObject": {
      handler: ibmDiskObjectHandler({ ...buckets, run, openStore, cache: cacheHome(env) }),
      schema: resource(
        "A disk in Cloud Object Storage as VPC imports it, made from the disk in the store",
        {
          ...{ location: TEXT, bucket: TEXT, object: TEXT, source: MAP, sha256: TEXT, sizeBytes: WHOLE, key: TEXT },
          ...{ identity: TEXT, again: TEXT },
        },
        ["location", "bucket", "object", "source", "sha256", "sizeBytes", "key", "identity"],
        { location: TEXT, bucket: TEXT, object: TEXT, fileSha256: TEXT, fileBytes: WHOLE },
      ),
    },
    "builders:index:IbmImage": {
      handler: ibmImageHandler({ clients, wait }),
      schema: resource(
        "A custom image of VPC in one region, imported from an object, with its name once it is whole",
        {
          ...{ region: TEXT, name: TEXT, href: TEXT, fileSha256: TEXT, operatingSystem: TEXT, resourceGroup: TEXT },
          ...{ stack: TEXT, owner: MAP, key: TEXT, tags: TAGS, there: TEXT, again: TEXT },
        },
        [
          ...["region", "name", "href", "fileSha256", "operatingSystem", "resourceGroup"],
          ...["stack", "owner", "key", "tags"],
        ],
        { region: TEXT, crn: TEXT, seconds: WHOLE },
      ),
    },
    "builders:index:IbmMachine": {
      handler: ibmMachineHandler({ clients, wait }),
      schema: resource(
        "A temporary instance of VPC with its security group, volumes and floating IP",
        {
          ...{ region: TEXT, zone: TEXT, profile: TEXT, imageId: TEXT, stockImage: TEXT, stockSystem: TEXT },
          ...{
            vpc: TEXT,
            subnet: TEXT,
            resourceGroup: TEXT,
            floatingIp: TEXT,
            address: TEXT,
            operatorCidr: TEXT,
            egress: TEXTS,
            scratchGib: WHOLE,
          },
          ...{ userData: SECRET_TEXT, identity: TEXT, physical: TEXT, tags: TAGS },
        },
        [
          ...["region", "zone", "profile", "vpc", "subnet", "resourceGroup", "address", "operatorCidr"],
          ...["userData", "identity", "physical", "tags"],
        ],
        { instanceId: TEXT, host: TEXT, scratchDevice: TEXT },
      ),
    },
  };
  return { resources, forms: disksKept(buckets) };
};

/** Disks of our own making: no worker writes them. */
function disksKept({ openBucket: open, bucketOf }: Pick<DiskObjectOptions, "openBucket" | "bucketOf">): KeptForms {
  return {
    isIn: (where) => readCosPlace(where) !== undefined,
    tagsOf: () => Promise.resolve(undefined),
    deleteOf: async (where, { identity, key }) => {
      const place = readCosPlace(where);
      if (place !== undefined) await deleteDisk(open(bucketOf(place)), diskObject(identity, key), identity);
    },
  };
}
