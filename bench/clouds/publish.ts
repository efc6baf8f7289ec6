/** From the record to images that can be used, by the handlers that `pulumi up` runs, each cloud by itself. */
import { join } from "node:path";
import type { CommitRecord } from "../../contract/commit-record";
import { KEY } from "../../contract/testing/agent-spec";
import { awsClients } from "../../infra/aws/provider/clients";
import { ebsSnapshotHandler } from "../../infra/aws/provider/ebs-snapshot/handler";
import { openSnapshots } from "../../infra/aws/provider/ebs-snapshots";
import { awsImageReadyHandler } from "../../infra/aws/provider/image-ready/handler";
import { ibmClients } from "../../infra/ibm/provider/clients";
import { bucketsOf } from "../../infra/ibm/provider/buckets";
import { diskObject } from "../../infra/ibm/provider/cos";
import { ibmDiskObjectHandler } from "../../infra/ibm/provider/disk-object/handler";
import { ibmImageHandler } from "../../infra/ibm/provider/image/handler";
import { glanceOf } from "../../infra/openstack/provider/cloud/glance";
import { glanceImageHandler } from "../../infra/openstack/provider/image/handler";
import { decode } from "../../provider/codec";
import { openStore } from "../../provider/object-store";
import { run } from "../../provider/process";
import { realWait as wait } from "../../provider/wait";
import { CLOUD } from "./glance";
import { COS, type Services } from "./services";
import { AWS_REGION, call, GLANCE, IDENTITY, IN_COS } from "./worker";

const NAME = "copr-builder-x86_64-g1-01234567";
const SECOND_REGION = "eu-west-1";
const OWNER = { identity: IDENTITY, resource: NAME };

/** A cloud's images from the worker's record. @throws Error where one is not what it must be */
type Publish = (record: CommitRecord, services: Services, folder: string) => Promise<void>;

export const CLOUDS: Readonly<Record<"aws" | "ibm" | "openstack", Publish>> = {
  aws: publishOnAws,
  ibm: publishOnIbm,
  openstack: publishOnOpenstack,
};

/** The images themselves are made as the official plugin makes them: RegisterImage, and CopyImage to another region. */
async function publishOnAws(record: CommitRecord, _services: Services, folder: string): Promise<void> {
  const clients = awsClients();
  const blocks = record.snapshots?.[AWS_REGION];
  if (blocks === undefined) throw new Error("the worker has put no blocks");
  const { id } = await ebsSnapshotHandler({
    ...{ openSnapshots: openSnapshots(clients), run, wait, cache: join(folder, "cache") },
  }).create(
    decode({ region: AWS_REGION, source: { blocks }, volumeGib: blocks.volumeGib, tags: {} }),
    call("EbsSnapshot"),
  );
  const { RegisterImageCommand, CopyImageCommand } = await import("@aws-sdk/client-ec2");
  const ready = awsImageReadyHandler(clients);
  const settle = async (region: string, imageId: string, copied: boolean): Promise<void> => {
    const inputs = { region, imageId, name: NAME, stack: "bench", identity: IDENTITY, copied };
    await ready.create(decode(inputs), call("AwsImageReady"));
  };
  const first = await (
    await clients.ec2(AWS_REGION)
  ).send(
    new RegisterImageCommand({
      ...{ Name: NAME, Architecture: "x86_64", VirtualizationType: "hvm", RootDeviceName: "/dev/sda1" },
      ...{ EnaSupport: true, SriovNetSupport: "simple", BootMode: "uefi-preferred" },
      BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId: id, VolumeType: "gp3" } }],
    }),
  );
  const SourceImageId = first.ImageId ?? "";
  await settle(AWS_REGION, SourceImageId, false);
  const copy = await (
    await clients.ec2(SECOND_REGION)
  ).send(new CopyImageCommand({ Name: NAME, SourceImageId, SourceRegion: AWS_REGION }));
  await settle(SECOND_REGION, copy.ImageId ?? "", true);
}

async function publishOnIbm(record: CommitRecord, { store, ibm }: Services, folder: string): Promise<void> {
  const object = diskObject(IDENTITY, KEY);
  const archive = record.objects["raw.zst"];
  if (archive === undefined) throw new Error("the store has no disk");
  const { receiver: uploadId, sizeBytes, sha256, parts } = record.bodies?.[IN_COS] ?? {};
  if (uploadId === undefined) throw new Error(`the worker has put no parts: ${JSON.stringify(record.notSent)}`);
  const made = call("IbmDiskObject");
  const disk = await ibmDiskObjectHandler({
    ...{ run, openStore, cache: join(folder, "cache"), open: bucketsOf(process.env) },
  }).create(
    decode({
      ...{ ...COS, object, source: { store, object: archive.object }, key: KEY, identity: IDENTITY },
      ...{ sha256: record.disk.sha256, sizeBytes: record.disk.sizeBytes, sent: { uploadId, sizeBytes, sha256, parts } },
    }),
    made,
  );
  if (made.said.length > 0) throw new Error(`the object is not what the worker has sent: ${made.said.join()}`);
  const clients = ibmClients({ env: process.env });
  const images = ibmImageHandler({ clients: () => clients, wait });
  await Promise.all(
    ibm.world.regions.map((region) =>
      images.create(
        decode({
          ...{ region, name: NAME.replaceAll("_", "-"), href: disk.id, fileSha256: disk.outs["fileSha256"] },
          ...{ operatingSystem: "fedora-coreos-stable-amd64", resourceGroup: "copr", stack: "bench", owner: OWNER },
          ...{ key: KEY, tags: {} },
        }),
        call("IbmImage"),
      ),
    ),
  );
}

async function publishOnOpenstack(record: CommitRecord, { store, openCloud }: Services): Promise<void> {
  const body = record.bodies?.[GLANCE];
  if (body === undefined) throw new Error(`the worker has put no disk into Glance: ${JSON.stringify(record.notSent)}`);
  const { receiver: imageId, md5, sha512 } = body;
  const { id } = await glanceImageHandler({ openCloud, openStore, wait }).create(
    decode({
      ...{ cloud: CLOUD, name: NAME, owner: OWNER, store, object: record.objects["raw.zst"] },
      ...{ sizeBytes: record.disk.sizeBytes, sha256: record.disk.sha256, sent: { imageId, key: KEY, md5, sha512 } },
    }),
    call("GlanceImage"),
  );
  const made = await glanceOf(openCloud(CLOUD)).get(id);
  if (id !== imageId || made?.status !== "active" || made.os_hash_value !== sha512)
    throw new Error(`image ${id} is not what the worker has sent into ${imageId}`);
}
