/** What an image may be made from beside the object in the store: an image of Glance that the worker has put the disk into. */
import * as z from "zod";
import type { FormDefinition } from "../forms";
import { uploadName } from "./provider/upload/marks";
import { glancePlace } from "./provider/upload/place";
import type { OpenstackPlace } from "./settings";

const text = z.string().min(1);
const diskForm = z.object({
  platform: z.literal("openstack"),
  cloud: text,
  authUrl: text.exactOptional(),
  region: text.exactOptional(),
  project: text.exactOptional(),
  diskFrom: z.enum(["worker", "store"]),
  encoding: z.enum(["raw", "qcow2"]),
  /** Glance as workers reach it. @default as this machine does */
  endpoint: text.exactOptional(),
});
export type DiskForm = z.output<typeof diskForm>;

export const openstackForm: FormDefinition<OpenstackPlace, typeof diskForm> = {
  schema: diskForm,
  of: ({
    platform,
    cloud,
    authUrl,
    region,
    project,
    diskFrom = "worker",
    diskFormat: encoding = "raw",
    endpointForWorkers: endpoint,
  }) => ({
    ...{ platform, cloud, diskFrom, encoding },
    ...(authUrl === undefined ? {} : { authUrl }),
    ...(region === undefined ? {} : { region }),
    ...(project === undefined ? {} : { project }),
    ...(endpoint === undefined ? {} : { endpoint }),
  }),
  where: glancePlace,
  // Each upload has a credential of its own: all may be on one worker.
  access: ({ diskFrom }) => (diskFrom === "worker" ? "one image" : undefined),
  upload: (form) => uploadName(glancePlace(form)),
  continues: ["builders:index:GlanceGrant", "builders:index:GlanceUpload"],
};
