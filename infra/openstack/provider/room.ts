/** The resources of OpenStack in the provider's process. */
import { MAP, NUMBER, resource, SECRET_TEXT, TAGS, TEXT, TEXTS, WHOLE, YES_NO } from "../../../provider/package-schema";
import type { OpenRoom } from "../../../provider/room";
import { openedOnce } from "./clouds";
import { glanceImageNameHandler } from "./image-name/handler";
import { glanceImageHandler } from "./image/handler";
import { novaMachineHandler } from "./machine/handler";
import { novaSweepHandler } from "./sweep/handler";

export const room: OpenRoom = ({ openStore, wait }) => {
  const openCloud = openedOnce(wait);
  return {
    resources: {
      "builders:index:GlanceImage": {
        handler: glanceImageHandler({ openCloud, openStore, wait }),
        schema: resource(
          "An image of Glance with a raw disk from an object store",
          {
            ...{ cloud: MAP, name: TEXT, sizeBytes: WHOLE, sha256: TEXT, object: MAP, store: MAP, owner: MAP },
            ...{ properties: TAGS, visibility: TEXT, members: TEXTS, protected: YES_NO, again: TEXT },
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
