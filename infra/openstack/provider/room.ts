/** The resources of OpenStack in the provider's process. */
import { runOverSsh } from "../../../provider/feed/ssh";
import {
  MAP,
  NUMBER,
  resource,
  SECRET_MAP,
  SECRET_TEXT,
  TAGS,
  TEXT,
  TEXTS,
  WHOLE,
  YES_NO,
} from "../../../provider/package-schema";
import type { OpenRoom } from "../../../provider/room";
import { openedOnce } from "./clouds";
import { glanceGrantHandler } from "./grant/handler";
import { glanceImageNameHandler } from "./image-name/handler";
import { glanceImageHandler } from "./image/handler";
import { novaMachineHandler } from "./machine/handler";
import { novaSweepHandler } from "./sweep/handler";
import { glanceUploadHandler } from "./upload/handler";
import { disksKept } from "./upload/kept";

export const room: OpenRoom = ({ openStore, wait }) => {
  const openCloud = openedOnce(wait);
  return {
    forms: disksKept(openCloud),
    resources: {
      "builders:index:GlanceGrant": {
        handler: glanceGrantHandler({ openCloud, runOverSsh, wait }),
        schema: resource(
          "Gives an agent tokens that can put the bytes of one image of Glance, and do nothing else",
          {
            ...{ connection: SECRET_MAP, program: TEXT, folder: TEXT, machine: TEXT, lifetimeMinutes: NUMBER },
            ...{ upload: TEXT, cloud: MAP, imageId: TEXT, endpoint: TEXT },
          },
          ["connection", "program", "folder", "machine", "upload", "cloud"],
          { machine: TEXT },
        ),
      },
      "builders:index:GlanceUpload": {
        handler: glanceUploadHandler({ openCloud, openStore, wait }),
        schema: resource(
          "An image of Glance that waits for the disk that a worker sends",
          {
            ...{ cloud: MAP, key: TEXT, machine: TEXT, identity: TEXT, encoding: TEXT, endpoint: TEXT, record: MAP },
          },
          ["cloud", "key", "machine", "identity", "encoding", "record"],
          { imageId: TEXT },
        ),
      },
      "builders:index:GlanceImage": {
        handler: glanceImageHandler({ openCloud, openStore, wait }),
        schema: resource(
          "An image of Glance with a disk that a worker put there, or a raw one from an object store",
          {
            ...{ cloud: MAP, name: TEXT, sizeBytes: WHOLE, sha256: TEXT, object: MAP, store: MAP, owner: MAP },
            ...{ properties: TAGS, visibility: TEXT, members: TEXTS, protected: YES_NO, again: TEXT },
            sent: MAP,
          },
          ["cloud", "name", "sizeBytes", "sha256", "object", "store", "owner"],
          { imageId: TEXT, seconds: NUMBER, projectId: TEXT },
        ),
      },
      "builders:index:GlanceImageName": {
        handler: glanceImageNameHandler({ openCloud }),
        schema: resource(
          "Owns an image of Glance from before it is made; deleting it deletes the images under that owner's mark",
          { cloud: MAP, name: TEXT, owner: MAP, protected: YES_NO },
          ["cloud", "name", "owner"],
          { cloud: MAP, name: TEXT, owner: MAP },
        ),
      },
      "builders:index:NovaMachine": {
        handler: novaMachineHandler({ openCloud, wait }),
        schema: resource(
          "A temporary instance of Nova with a port and a floating IP of its own",
          {
            ...{ cloud: MAP, name: TEXT, identity: TEXT, image: TEXT, flavor: TEXT, network: TEXT },
            ...{
              securityGroups: TEXTS,
              floatingNetwork: TEXT,
              availabilityZone: TEXT,
              diskGib: WHOLE,
              userData: SECRET_TEXT,
            },
          },
          ["cloud", "name", "identity", "image", "flavor", "network", "securityGroups", "userData"],
          { serverId: TEXT, address: TEXT },
        ),
      },
      "builders:index:NovaSweep": {
        handler: novaSweepHandler({ openCloud, wait }),
        schema: resource(
          "Ends what a killed run has left of a NovaMachine, when it is created and when it is deleted",
          { cloud: MAP, name: TEXT, identity: TEXT },
          ["cloud", "name", "identity"],
          { cloud: MAP, name: TEXT, identity: TEXT },
        ),
      },
    },
  };
};
