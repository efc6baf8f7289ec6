/** The worker with its disk: what is begun for it, its agent, and who feeds that. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { machine as machineName } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bundleEntry } from "../../agent/bundle";
import type { CommitRecord } from "../../contract/commit-record";
import { MIB, GIB } from "../../contract/sizes";
import { makeSpec, KEY } from "../../contract/testing/agent-spec";
import { awsClients } from "../../infra/aws/provider/clients";
import { ebsCredentialsHandler } from "../../infra/aws/provider/ebs-credentials/handler";
import { openSnapshots } from "../../infra/aws/provider/ebs-snapshots";
import { ebsUploadHandler } from "../../infra/aws/provider/ebs-upload/handler";
import { bucketsOf } from "../../infra/ibm/provider/buckets";
import { diskObject } from "../../infra/ibm/provider/cos";
import { ibmDiskGrantHandler } from "../../infra/ibm/provider/disk-grant/handler";
import { ibmDiskUploadHandler } from "../../infra/ibm/provider/disk-upload/handler";
import { glanceGrantHandler } from "../../infra/openstack/provider/grant/handler";
import { glanceUploadHandler } from "../../infra/openstack/provider/upload/handler";
import { decode } from "../../provider/codec";
import { fakeCall } from "../../provider/fake-store";
import type { RunOverSsh } from "../../provider/feed/ssh";
import { openStore } from "../../provider/object-store";
import { USUAL_PART } from "../../provider/object-store-uploads";
import { realWait as wait } from "../../provider/wait";
import { CLOUD } from "./glance";
import { COS, type Services } from "./services";

export const AWS_REGION = "us-east-1";
export const IDENTITY = "abcdefgh2345";
export const GLANCE = "glance-bench";
export const IN_COS = "cos-bench";
const MACHINE = "m-1";
const RECORD = "builds/bench/x.json";
const ARCHIVE = "disks/bench/x.raw.zst";

export interface Worker {
  /** From the disk that is built to the record in the store. */
  readonly send: () => Promise<CommitRecord>;
}

export async function makeWorker(folder: string, disk: string, sizeMib: number, services: Services): Promise<Worker> {
  const { store, links, openCloud, keys } = services;
  const job = join(folder, "job");
  const root = join(folder, "root");
  mkdirSync(job, { recursive: true });
  mkdirSync(join(root, "proc/sys/kernel/random"), { recursive: true });
  writeFileSync(join(root, "proc/sys/kernel/random/boot_id"), "boot\n");
  const [feeder, sender] = [join(folder, "feed.js"), join(folder, "send.js")];
  writeFileSync(feeder, await bundleEntry("testing/entry.ts"));
  writeFileSync(sender, await bundleEntry("../bench/clouds/agent.ts"));

  const volumeGib = Math.ceil((sizeMib * MIB) / GIB);
  const record = { store, object: RECORD };
  const snapshot = await ebsUploadHandler({ openSnapshots: openSnapshots(awsClients()), openStore, wait }).create(
    decode({ region: AWS_REGION, volumeGib, key: KEY, machine: MACHINE, record }),
    call("EbsUpload"),
  );
  const endpoint = links.glance.url;
  const begun = call("GlanceUpload");
  const image = await glanceUploadHandler({ openCloud, openStore, wait }).create(
    decode({ cloud: CLOUD, key: KEY, machine: MACHINE, identity: IDENTITY, encoding: "raw", endpoint, record }),
    begun,
  );
  if (image.outs["imageId"] !== image.id) throw new Error(`no image waits in Glance: ${begun.said.join()}`);
  const open = bucketsOf(process.env);
  const object = diskObject(IDENTITY, KEY);
  const parts = await ibmDiskUploadHandler({ open, openStore }).create(
    decode({ ...COS, object, key: KEY, machine: MACHINE, identity: IDENTITY, record }),
    call("IbmDiskUpload"),
  );

  const client = openStore(store);
  const presign = (object: string) => client.presignPut(object, { expiresSeconds: 3600 });
  const spec = makeSpec({
    ...{ key: KEY, arch: machineName(), lifetimeMinutes: 60 },
    uploads: [
      { format: "raw.zst", object: ARCHIVE, url: await presign(ARCHIVE) },
      { format: "blocks", region: AWS_REGION, snapshotId: snapshot.id, volumeGib, endpoint: links.ebs.url },
      { format: "put", name: GLANCE, encoding: "raw", receiver: image.id },
      { format: "put", name: IN_COS, encoding: "qcow2", receiver: parts.id, partBytes: USUAL_PART },
    ],
    record: { object: RECORD, url: await presign(RECORD) },
  });
  writeFileSync(join(job, "spec.json"), JSON.stringify(spec), { mode: 0o600 });

  const env = { ...process.env, AGENT_TEST_ROOT: root };
  const fed = {
    connection: { host: "127.0.0.1", port: 22, user: "root", privateKey: "none", hostKey: "none" },
    ...{ program: feeder, folder: job, machine: MACHINE },
  };
  const runOverSsh = runHere(env);
  return {
    send: async () => {
      const feeding = [
        ebsCredentialsHandler({ giveSession: () => Promise.resolve(keys), runOverSsh, wait }).create(
          decode({ ...fed, uploads: [{ region: AWS_REGION, snapshotId: snapshot.id, role: ROLE }] }),
          call("EbsCredentials"),
        ),
        glanceGrantHandler({ openCloud, runOverSsh, wait }).create(
          decode({ ...fed, upload: GLANCE, cloud: CLOUD, imageId: image.id, endpoint }),
          call("GlanceGrant"),
        ),
        ibmDiskGrantHandler({ open, runOverSsh, wait }).create(
          decode({ ...fed, upload: IN_COS, ...COS, object, uploadId: parts.id }),
          call("IbmDiskGrant"),
        ),
      ];
      // What feeds ends with the agent: why it did not, the agent says.
      await Promise.all([runAgent([sender, job, root, disk], env), ...feeding]);
      const { record: committed } = JSON.parse(readFileSync(join(job, "result.json"), "utf8")) as {
        record: CommitRecord;
      };
      return committed;
    },
  };
}

/** The emulator is given its own user's keys: a session changes nothing of the bytes. */
const ROLE = "arn:aws:iam::123456789012:role/upload";

export function call(type: string): ReturnType<typeof fakeCall> {
  return fakeCall(`urn:pulumi:bench::bench::builders:index:${type}::bench`);
}

function runAgent(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env, stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the agent ended with ${code}`));
    });
  });
}

/** The worker is this machine: the command that ssh would run there. */
function runHere(env: NodeJS.ProcessEnv): RunOverSsh {
  return ({ command, onLine, stop }) =>
    new Promise((resolve, reject) => {
      const child = spawn("sh", ["-c", command], { env, signal: stop, stdio: ["pipe", "pipe", "pipe"] });
      let stderr = "";
      child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
      createInterface({ input: child.stdout }).on("line", (line) => {
        onLine(line).then((answer) => {
          if (answer !== undefined) child.stdin.write(`${answer}\n`);
        }, reject);
      });
      child.on("error", reject);
      child.on("close", (code) => resolve({ code: code ?? undefined, stderr }));
    });
}
