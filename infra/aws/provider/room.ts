/** The resources of AWS in the provider's process, and the snapshots that workers fill. */
import { AWS_REGION } from "../../../contract/blocks";
import { runOverSsh } from "../../../provider/feed/ssh";
import { OWNER_TAG } from "../../../provider/owner";
import { ANY, MAP, NUMBER, SECRET_MAP, TAGS, TEXT, WHOLE, YES_NO, resource } from "../../../provider/package-schema";
import { cacheHome } from "../../../provider/private-folder";
import type { KeptForms, OpenRoom } from "../../../provider/room";
import { awsClients } from "./clients";
import { ebsCredentialsHandler } from "./ebs-credentials/handler";
import { assumeRole } from "./ebs-credentials/session";
import { deleteSnapshotsOf } from "./ebs-lifecycle";
import { ebsSnapshotHandler } from "./ebs-snapshot/handler";
import { openSnapshots as open, type OpenSnapshots } from "./ebs-snapshots";
import { ebsUploadHandler } from "./ebs-upload/handler";
import { awsImageNameHandler } from "./image-name/handler";
import { awsImageReadyHandler } from "./image-ready/handler";
import { awsSweepHandler } from "./sweep/handler";

export const room: OpenRoom = ({ run, openStore, wait, env }) => {
  const clients = awsClients();
  const openSnapshots = open(clients);
  const resources = {
    "builders:index:AwsImageName": {
      handler: awsImageNameHandler(clients),
      schema: resource(
        "The name of one AMI of ours: refuses one that is taken, removes what was left half made, ends the image",
        { region: TEXT, name: TEXT, stack: TEXT, owner: MAP, origin: MAP, again: TEXT },
        ["region", "name", "stack", "owner", "origin"],
        { era: WHOLE, name: TEXT, origin: MAP },
      ),
    },
    "builders:index:AwsImageReady": {
      handler: awsImageReadyHandler(clients),
      schema: resource(
        "Waits until several answers of EC2 in a row say that an AMI is available, and says that a state knows of it",
        { region: TEXT, imageId: TEXT, name: TEXT, stack: TEXT, identity: TEXT, copied: YES_NO },
        ["region", "imageId", "name", "stack", "identity", "copied"],
        { region: TEXT, imageId: TEXT },
      ),
    },
    "builders:index:AwsSweep": {
      handler: awsSweepHandler(clients),
      schema: resource(
        "Ends what nobody knows of any more in EC2, when it is created and when it is deleted",
        { region: TEXT, bearing: { type: "array", items: TAGS } },
        ["region", "bearing"],
        { region: TEXT, bearing: { type: "array", items: TAGS } },
      ),
    },
    "builders:index:EbsCredentials": {
      handler: ebsCredentialsHandler({ giveSession: assumeRole(clients), runOverSsh, wait }),
      schema: resource(
        "Keeps an agent supplied with AWS credentials for putting blocks into some snapshots",
        {
          connection: SECRET_MAP,
          program: TEXT,
          folder: TEXT,
          uploads: { type: "array", items: ANY },
          machine: TEXT,
          lifetimeMinutes: NUMBER,
        },
        ["connection", "program", "folder", "uploads", "machine"],
        { machine: TEXT },
      ),
    },
    "builders:index:EbsSnapshot": {
      handler: ebsSnapshotHandler({ openSnapshots, run, wait, cache: cacheHome(env) }),
      schema: resource(
        "An EBS snapshot with the content of a disk image, written with the EBS direct APIs",
        {
          region: TEXT,
          source: MAP,
          sha256: TEXT,
          volumeGib: WHOLE,
          description: TEXT,
          tags: TAGS,
          encrypted: YES_NO,
          kmsKeyId: TEXT,
          skip: TEXT,
          timeoutMinutes: WHOLE,
          again: TEXT,
        },
        ["region", "source"],
        { snapshotId: TEXT, volumeGib: WHOLE, encrypted: YES_NO, changedBlocks: WHOLE, checksum: TEXT },
      ),
    },
    "builders:index:EbsUpload": {
      handler: ebsUploadHandler({ openSnapshots, openStore, wait }),
      schema: resource(
        "A snapshot that waits for the blocks of a worker",
        {
          region: TEXT,
          volumeGib: WHOLE,
          key: TEXT,
          machine: TEXT,
          description: TEXT,
          tags: TAGS,
          timeoutMinutes: WHOLE,
          encrypted: YES_NO,
          kmsKeyId: TEXT,
          record: MAP,
        },
        ["region", "volumeGib", "key", "machine", "record"],
        { snapshotId: TEXT, encrypted: YES_NO, region: TEXT, volumeGib: WHOLE },
      ),
    },
  };
  return { resources, forms: snapshotsKept(openSnapshots) };
};

function snapshotsKept(open: OpenSnapshots): KeptForms {
  return {
    isIn: (region) => AWS_REGION.test(region),
    tagsOf: async (region, id) => (await open(region).find(id))?.tags,
    deleteOf: async (region, { identity, key }) => {
      const kept = await deleteSnapshotsOf(open(region), identity, key);
      if (kept.length === 0) return;
      throw new Error(
        `${region}: an AMI that is not of this stack is made from ${kept.join(", ")}: deregister it, or keep the snapshot for it ` +
          `by taking the tag "${OWNER_TAG}" off, and run this again`,
      );
    },
  };
}
