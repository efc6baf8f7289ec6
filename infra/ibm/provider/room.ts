/** The resources of IBM Cloud in the provider's process, and the disks that lie in Cloud Object Storage. */
import { runOverSsh } from "../../../provider/feed/ssh";
import {
  MAP,
  NUMBER,
  SECRET_MAP,
  SECRET_TEXT,
  TAGS,
  TEXT,
  TEXTS,
  WHOLE,
  resource,
} from "../../../provider/package-schema";
import { cacheHome } from "../../../provider/private-folder";
import type { KeptForms, OpenRoom } from "../../../provider/room";
import { ibmClients, type IbmClients } from "./clients";
import { type Buckets, bucketsOf } from "./buckets";
import { diskObject, readCosPlace } from "./cos";
import { ibmDiskGrantHandler } from "./disk-grant/handler";
import { ibmDiskObjectHandler } from "./disk-object/handler";
import { deleteDisk } from "./disk-object/marks";
import { ibmDiskUploadHandler } from "./disk-upload/handler";
import { ibmImageHandler } from "./image/handler";
import { ibmMachineHandler } from "./machine/handler";

export const room: OpenRoom = ({ run, openStore, wait, env }) => {
  let opened: IbmClients | undefined;
  const clients = () => (opened ??= ibmClients({ env, wait }));
  const open = bucketsOf(env);
  const resources = {
    "builders:index:IbmDiskUpload": {
      handler: ibmDiskUploadHandler({ open, openStore }),
      schema: resource(
        "An upload in Cloud Object Storage that waits for the disk that a worker sends",
        { location: TEXT, bucket: TEXT, object: TEXT, key: TEXT, machine: TEXT, identity: TEXT, record: MAP },
        ["location", "bucket", "object", "key", "machine", "identity", "record"],
        { uploadId: TEXT },
      ),
    },
    "builders:index:IbmDiskGrant": {
      handler: ibmDiskGrantHandler({ open, runOverSsh, wait }),
      schema: resource(
        "Gives an agent URLs that can put the parts of one upload, and do nothing else",
        {
          ...{ connection: SECRET_MAP, program: TEXT, folder: TEXT, machine: TEXT, lifetimeMinutes: NUMBER },
          ...{ upload: TEXT, location: TEXT, bucket: TEXT, object: TEXT, uploadId: TEXT, endpoint: TEXT },
        },
        ["connection", "program", "folder", "machine", "upload", "location", "bucket", "object"],
        { machine: TEXT },
      ),
    },
    "builders:index:IbmDiskObject": {
      handler: ibmDiskObjectHandler({ open, run, openStore, cache: cacheHome(env) }),
      schema: resource(
        "A disk in Cloud Object Storage as VPC imports it: sent by a worker, or made from the disk in the store",
        {
          ...{ location: TEXT, bucket: TEXT, object: TEXT, source: MAP, sha256: TEXT, sizeBytes: WHOLE, key: TEXT },
          ...{ identity: TEXT, again: TEXT, sent: MAP },
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
  return { resources, forms: disksKept(open) };
};

/** Disks of our own making: a worker writes them, and can't mark them. */
function disksKept(open: Buckets): KeptForms {
  return {
    isIn: (where) => readCosPlace(where) !== undefined,
    tagsOf: () => Promise.resolve(undefined),
    deleteOf: async (where, { identity, key }) => {
      const place = readCosPlace(where);
      if (place !== undefined) await deleteDisk(open(place), diskObject(identity, key), identity);
    },
  };
}
