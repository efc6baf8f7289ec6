import { expect, it } from "vitest";
import { decode } from "../../../../provider/codec";
import { fakeCall } from "../../../../provider/fake-store";
import { ebsCredentialsHandler } from "./handler";
import { sessionPolicy } from "./session";
import type { Said } from "./ssh";

const URN = "urn:pulumi:dev::p::builders:index:EbsCredentials::x";
const uploads = [{ region: "us-east-1", snapshotId: "snap-0a", role: "arn:aws:iam::123456789012:role/a" }];
const connection = { host: "192.0.2.1", port: 22, user: "root", privateKey: "k", hostKey: "h" };
const inputs = decode({ connection, program: "/a.js", folder: "/f", machine: "i-1", uploads });

/** Each try takes as long as a dial that nobody answers; a try without an answer in `answers` is refused. */
async function supply(...answers: readonly (Said | undefined)[]): Promise<{ seconds: number; error: unknown }> {
  let now = 0;
  const left = [...answers];
  const handler = ebsCredentialsHandler({
    giveSession: () => Promise.reject(new Error("nobody asks")),
    runOverSsh: () => {
      now += 20_000;
      const said = left.shift();
      return said ? Promise.resolve(said) : Promise.reject(new Error("connect ECONNREFUSED"));
    },
    wait: { now: () => now, sleep: (ms) => Promise.resolve(void (now += ms)) },
  });
  const error: unknown = await handler.create(inputs, fakeCall(URN)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { seconds: now / 1000, error };
}

const broke: Said = { code: undefined, stderr: "192.0.2.1:22 closed the connection" };
const done: Said = { code: 0, stderr: "" };

it("waits ten minutes for a machine that was never reached", async () => {
  const { seconds, error } = await supply();
  expect(String(error)).toMatch(/root@192\.0\.2\.1:22 can't be reached for 6\d\d s: connect ECONNREFUSED/);
  expect(seconds).toBeGreaterThan(600);
});

it("and little more than a minute for one that was, and is gone: the next attempt waits for this one", async () => {
  const { seconds, error } = await supply(undefined, broke);
  expect(String(error)).toMatch(/can't be reached for \d\d s/);
  expect(seconds).toBeLessThan(45 + 60 + 30);
});

it("goes on when the connection comes back", async () => {
  expect((await supply(broke, undefined, broke, undefined, undefined, done)).error).toBeUndefined();
});

it("a session may put the blocks of its snapshots, and use keys only where one of them is encrypted", () => {
  const plain = { region: "us-gov-west-1", snapshotId: "snap-0a" };
  const sealed = { region: "us-iso-east-1", snapshotId: "snap-0b", encrypted: true };
  const statements = (...uploads: Parameters<typeof sessionPolicy>[0]) =>
    (JSON.parse(sessionPolicy(uploads)) as { Statement: object[] }).Statement;
  const put = { Effect: "Allow", Action: "ebs:PutSnapshotBlock" };
  expect(statements(plain)).toEqual([{ ...put, Resource: ["arn:aws-us-gov:ec2:us-gov-west-1::snapshot/snap-0a"] }]);
  expect(statements(sealed)).toEqual([
    { ...put, Resource: ["arn:aws-iso:ec2:us-iso-east-1::snapshot/snap-0b"] },
    expect.objectContaining({
      Action: expect.arrayContaining(["kms:GenerateDataKey"]) as string[],
      Resource: ["arn:aws-iso:kms:us-iso-east-1:*:key/*"],
      Condition: { StringLike: { "kms:ViaService": ["ec2.us-iso-east-1.amazonaws.com*"] } },
    }),
  ]);
});
