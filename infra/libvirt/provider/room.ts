/** The resources of libvirt in the provider's process. */
import { MAP, NUMBER, TEXT, TEXTS, WHOLE, resource } from "../../../provider/package-schema";
import type { OpenRoom } from "../../../provider/room";
import { libvirtImageNameHandler } from "./image-name/handler";
import { libvirtImageHandler } from "./image/handler";
import { libvirtSweepHandler } from "./sweep/handler";

export const room: OpenRoom = ({ run, openStore, now }) => ({
  resources: {
    "builders:index:LibvirtImage": {
      handler: libvirtImageHandler({ run, openStore, now }),
      schema: resource(
        "A raw volume that the hypervisor pulls from an object store",
        {
          uri: TEXT,
          pool: TEXT,
          name: TEXT,
          sizeBytes: WHOLE,
          dataBytes: WHOLE,
          sha256: TEXT,
          data: MAP,
          object: MAP,
          store: MAP,
          owner: MAP,
          again: TEXT,
          pulls: MAP,
        },
        ["uri", "pool", "name", "sizeBytes", "sha256", "object", "store", "owner"],
        { volumeName: TEXT, capacity: WHOLE, allocation: WHOLE, seconds: NUMBER },
      ),
    },
    "builders:index:LibvirtImageName": {
      handler: libvirtImageNameHandler({ run }),
      schema: resource(
        "Owns the name of a volume from before it is pulled; deleting it deletes the volume under that owner's mark",
        { uri: TEXT, pool: TEXT, name: TEXT, owner: MAP },
        ["uri", "pool", "name", "owner"],
        { uri: TEXT, pool: TEXT, name: TEXT, owner: MAP },
      ),
    },
    "builders:index:LibvirtSweep": {
      handler: libvirtSweepHandler({ run }),
      schema: resource(
        "Removes what nobody knows of any more from a hypervisor, when it is created and when it is deleted",
        { uri: TEXT, domain: TEXT, pool: TEXT, volumes: TEXTS },
        ["uri", "domain", "pool", "volumes"],
        { uri: TEXT, domain: TEXT, pool: TEXT, volumes: TEXTS },
      ),
    },
  },
});
