/** A worker fills a snapshot: EbsUpload, EbsCredentials over a real sshd to the real agent, and EbsSnapshot after it. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import type { CommitRecord } from "../../contract/commit-record";
import { presigned } from "../../contract/testing/agent-spec";
import { Place, writings } from "../../agent/testing/place";
import { awsClients } from "../../infra/aws/provider/clients";
import { decode } from "../../provider/codec";
import { ebsCredentialsHandler } from "../../infra/aws/provider/ebs-credentials/handler";
import { assumeRole, type GiveSession, sessionPolicy } from "../../infra/aws/provider/ebs-credentials/session";
import { runOverSsh } from "../../provider/feed/ssh";
import { realWait } from "../../provider/wait";
import { ebsSnapshotHandler } from "../../infra/aws/provider/ebs-snapshot/handler";
import { openSnapshots } from "../../infra/aws/provider/ebs-snapshots";
import { ebsUploadHandler } from "../../infra/aws/provider/ebs-upload/handler";
import { fakeCall, fakeStore } from "../../provider/fake-store";
import { run } from "../../provider/process";
import { makeServer, type TestServer } from "../../standins/command-plugin/testing/sshd";
import { temporaryFolder } from "./support/disk";
import { readVolume, REGION, snapshotIds, useEmulator } from "./support/emulator";

const URN = "urn:pulumi:dev::p::builders:index:X::x";
const KEY = "a".repeat(64);
const RECORD = "builds/dev/k.json";
const emulator = useEmulator();
const wait = { ...realWait, sleep: (ms: number, signal: AbortSignal) => realWait.sleep(ms / 10, signal) };
const store = { bucket: "b", region: "r", endpoint: "http://127.0.0.1:1" };

let sshd: TestServer;
beforeAll(async () => {
  sshd = await makeServer();
  await sshd.start();
  return () => sshd.stop();
});

const uploads = (record: object = {}) =>
  ebsUploadHandler({
    openSnapshots: openSnapshots(awsClients()),
    openStore: () => fakeStore({ [RECORD]: JSON.stringify(record) }),
    wait,
  });

const uploadInputs = (change: object = {}) =>
  decode({ region: REGION, volumeGib: 1, key: KEY, machine: "i-1", record: { store, object: RECORD }, ...change });

/** A role that may do anything with blocks: what a session is left of it is the session's policy. */
async function makeRole(): Promise<string> {
  const iam = new IAMClient({ region: REGION });
  const trust = { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" };
  const document = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: "upload", AssumeRolePolicyDocument: document(trust) }),
  );
  const PolicyDocument = document({ Effect: "Allow", Action: "ebs:*", Resource: "*" });
  await iam.send(new PutRolePolicyCommand({ RoleName: "upload", PolicyName: "blocks", PolicyDocument }));
  return Role?.Arn ?? "";
}

/** A worker with its agent, reached over ssh, and a script that starts the agent as ssh does: with its own root folder. */
async function makeWorker(snapshotId: string): Promise<Place> {
  const place = await Place.make();
  const object = "disks/local/x.raw.zst";
  const archive = { format: "raw.zst", object, url: presigned(place.store.url, object) } as const;
  const ebs = { format: "blocks", region: REGION, snapshotId, volumeGib: 1, endpoint: emulator().endpoint } as const;
  await place.writeSpec({ uploads: [archive, ebs] });
  const main = `process.env.AGENT_TEST_ROOT=${JSON.stringify(place.root)};require("./agent.js");`;
  await writeFile(place.path("main.js"), main);
  return place;
}

const credentials = (giveSession: GiveSession = assumeRole(awsClients())) =>
  ebsCredentialsHandler({ giveSession, runOverSsh, wait });

const credentialInputs = (place: Place, role: string, ...snapshots: string[]) => {
  const { port, user, privateKey, hostKey } = sshd;
  return decode({
    connection: { host: "127.0.0.1", port, user, privateKey, hostKey },
    ...{ program: place.path("main.js"), folder: place.folder, machine: "i-1" },
    uploads: snapshots.map((snapshotId) => ({ region: REGION, snapshotId, role })),
  });
};

test(
  "from the started snapshot to the owned one, under enforced policies and with credentials that expire",
  { timeout: 60_000 },
  async () => {
    const started = await uploads().create(uploadInputs(), fakeCall(URN));
    expect((await uploads().create(uploadInputs(), fakeCall(URN))).id).toBe(started.id);
    const other = await uploads().create(uploadInputs({ machine: "i-2" }), fakeCall(URN));
    expect(other.id).not.toBe(started.id);
    const role = await makeRole();
    await emulator().enforceIam(true);
    await emulator().faults({ expireAfterUses: 3, times: 1 });

    const place = await makeWorker(started.id);
    const call = fakeCall(URN);
    const supplied = credentials().create(credentialInputs(place, role, started.id), call);
    await place.start();
    expect((await place.follow()).code).toBe(0);
    const { outs } = await supplied;
    expect(call.said.filter((line) => line.startsWith("gave credentials")).length).toBeGreaterThanOrEqual(2);

    const record: CommitRecord = place.record();
    const blocks = record.snapshots?.[REGION];
    const cache = await temporaryFolder();
    const snapshots = ebsSnapshotHandler({ openSnapshots: openSnapshots(awsClients()), run, wait, cache });
    const inputs = decode({ region: REGION, source: { blocks }, volumeGib: 1, tags: { Name: "x" } });
    const owned = await snapshots.create(inputs, fakeCall(URN));
    expect(owned).toMatchObject({ id: started.id, outs: { finished: true, changedBlocks: 7, volumeGib: 1 } });
    // Cut after it was completed, and run again.
    expect((await snapshots.create(inputs, fakeCall(URN))).id).toBe(started.id);
    const volume = await readVolume(started.id, record.disk.sizeBytes);
    expect(createHash("sha256").update(volume).digest("hex")).toBe(record.disk.sha256);

    await uploads(record).delete(started.id, decode(started.outs), fakeCall(URN));
    await uploads(record).delete(other.id, decode(other.outs), fakeCall(URN));
    expect(await snapshotIds()).toEqual([started.id]);

    // To be made again, and still there: the same one, and whoever is replaced lets it be, however often.
    const again = (text: string) => snapshots.create(decode({ ...inputs.value, again: text }), fakeCall(URN));
    const second = await again("first time");
    await snapshots.delete(owned.id, decode(owned.outs), fakeCall(URN));
    const third = await again("second time");
    await snapshots.delete(second.id, decode(second.outs), fakeCall(URN));
    expect(third.id).toBe(started.id);
    expect(await snapshotIds()).toEqual([started.id]);
    // Nobody asks for that any more, and other tags are written: it still goes with its resource.
    const last = await snapshots.update(
      third.id,
      decode(third.outs),
      decode({ ...inputs.value, tags: {} }),
      fakeCall(URN),
    );
    await snapshots.delete(third.id, decode(last), fakeCall(URN));
    expect(await snapshotIds()).toEqual([]);
    await snapshots.delete(owned.id, decode(owned.outs), fakeCall(URN));
    expect(await snapshotIds()).toEqual([]);
    const seen = (await writings(place)) + JSON.stringify([outs, call.said]);
    expect(seen).not.toMatch(/secretAccessKey|sessionToken/);
  },
);

test(
  "credentials for one snapshot put no block into another: denied, and both ends say so",
  { timeout: 60_000 },
  async () => {
    const mine = await uploads().create(uploadInputs(), fakeCall(URN));
    const other = await uploads().create(uploadInputs({ machine: "i-2" }), fakeCall(URN));
    const role = await makeRole();
    await emulator().enforceIam(true);
    const place = await makeWorker(other.id);
    const supplied = credentials().create(credentialInputs(place, role, mine.id), fakeCall(URN));
    supplied.catch(() => undefined);
    await place.start();
    const { code, err } = await place.follow();
    expect(code).toBe(1);
    expect(err).toContain(`ebs:PutSnapshotBlock on arn:aws:ec2:us-east-1::snapshot/${other.id}`);
    await expect(supplied).rejects.toThrow(/needs no credentials any more, and is not done: the agent failed/);
  },
);

test(
  "a host with another key gets nothing; a role that can't be assumed is the error",
  { timeout: 60_000 },
  async () => {
    const { id } = await uploads().create(uploadInputs(), fakeCall(URN));
    const place = await makeWorker(id);
    const role = "arn:aws:iam::123456789012:role/none";
    const inputs = credentialInputs(place, role, id);
    const folder = await temporaryFolder();
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", `${folder}/key`]);
    const hostKey = execFileSync("cat", [`${folder}/key.pub`], { encoding: "utf8" });
    const wrong = decode({ ...inputs.value, connection: { ...(inputs.value.connection as object), hostKey } });
    let asked = 0;
    const never: GiveSession = () => Promise.reject(new Error(`asked ${(asked += 1)} times`));
    await expect(credentials(never).create(wrong, fakeCall(URN))).rejects.toThrow(
      /its host key is .*, and must be .*: another machine answers/,
    );
    expect(asked).toBe(0);

    await emulator().faults({ action: "AssumeRole", status: 403, code: "AccessDenied", message: "no" });
    const supplied = credentials().create(inputs, fakeCall(URN));
    supplied.catch(() => undefined);
    await place.start();
    onTestFinished(() => place.kill());
    await expect(supplied).rejects.toThrow(
      `AccessDenied: no; the credentials need the action sts:AssumeRole on ${role}`,
    );
  },
);

test("no number of snapshots that were given up or deleted keeps a worker from beginning one", async () => {
  const tags = { "copr-builders-owner": "abcdefgh2345" };
  const begin = async (change: object = {}) =>
    (await uploads().create(uploadInputs({ tags, ...change }), fakeCall(URN))).id;
  const seen = new Set<string>();
  for (let n = 0; n < 10; n += 1) {
    const id = await begin();
    // Cut before the state was written, it is the same one; for another stack it is another.
    expect(await begin()).toBe(id);
    seen.add(id);
    if (n % 2 === 0) await openSnapshots(awsClients())(REGION).delete(id);
    else await emulator().passMinutes(4321);
  }
  expect(seen.size).toBe(10);
  expect(await begin({ tags: { "copr-builders-owner": "zbcdefgh2345" } })).not.toBe(await begin());
});

test("inputs are checked all at once, and a session is for the named snapshots only", () => {
  const wrong = { connection: { host: "", port: 0 }, program: "agent.js", folder: "/f", machine: "m" };
  const roles = ["arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/b"];
  const two = roles.map((role) => ({ region: REGION, snapshotId: "snap-0a", role }));
  const found = credentials().check(decode({ ...wrong, uploads: two }));
  expect(found.map(({ property }) => property)).toEqual(
    expect.arrayContaining(["connection.host", "connection.hostKey", "program"]),
  );
  expect(
    uploads()
      .check(decode({ region: "x" }))
      .map(({ property }) => property),
  ).toEqual(expect.arrayContaining(["region", "volumeGib", "key", "machine", "record"]));
  expect(JSON.parse(sessionPolicy([{ region: REGION, snapshotId: "snap-0a" }]))).toEqual({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "ebs:PutSnapshotBlock", Resource: ["arn:aws:ec2:us-east-1::snapshot/snap-0a"] },
    ],
  });
});
