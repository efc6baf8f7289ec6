import { expect, it } from "vitest";
import { decode } from "../../../../provider/codec";
import { fakeCall } from "../../../../provider/fake-store";
import { ebsCredentialsHandler } from "./handler";
import { sessionPolicy } from "./session";

const URN = "urn:pulumi:dev::p::builders:index:EbsCredentials::x";
const uploads = [{ region: "us-east-1", snapshotId: "snap-0a", role: "arn:aws:iam::123456789012:role/a" }];
const connection = { host: "192.0.2.1", port: 22, user: "root", privateKey: "k", hostKey: "h" };
const inputs = decode({ connection, program: "/a.js", folder: "/f", machine: "i-1", uploads });

it("gives a session for all of the snapshots whenever the agent wants one, and keeps none", async () => {
  const asked: unknown[] = [];
  const answers: (string | undefined)[] = [];
  const handler = ebsCredentialsHandler({
    giveSession: (wanted) => {
      asked.push(wanted);
      return Promise.resolve({ accessKeyId: `key-${asked.length}`, secretAccessKey: "the-secret" });
    },
    runOverSsh: async ({ command, onLine }) => {
      expect(command).toMatch(/exec node '?\/a\.js'? feed '?\/f'?$/);
      for (const line of ["want", "agent says something", "want"]) answers.push(await onLine(line));
      return { code: 0, stderr: "" };
    },
    wait: { now: () => 0, sleep: () => Promise.resolve() },
  });
  const { outs } = await handler.create(inputs, fakeCall(URN));
  expect(asked).toEqual([uploads, uploads]);
  const given = (number: number) => JSON.stringify({ accessKeyId: `key-${number}`, secretAccessKey: "the-secret" });
  expect(answers).toEqual([given(1), undefined, given(2)]);
  expect(JSON.stringify(outs)).not.toContain("the-secret");
});

it("a session may put the blocks of its snapshots, and use keys only where one of them is encrypted", () => {
  const plain = { region: "us-gov-west-1", snapshotId: "snap-0a" };
  const sealed = { region: "us-iso-east-1", snapshotId: "snap-0b", encrypted: true };
  const statements = (...uploads: Parameters<typeof sessionPolicy>[0]) =>
    (JSON.parse(sessionPolicy(uploads)) as { Statement: object[] }).Statement;
  const put = { Effect: "Allow", Action: "ebs:PutSnapshotBlock" };
  const through = { StringLike: { "kms:ViaService": ["ec2.us-iso-east-1.amazonaws.com*"] } };
  const onKey = (Resource: string[]): unknown[] => [
    expect.objectContaining({
      Action: expect.arrayContaining(["kms:GenerateDataKey"]) as string[],
      Resource,
      Condition: through,
    }),
    {
      ...{ Effect: "Allow", Action: "kms:CreateGrant", Resource },
      Condition: { ...through, Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ];
  const putSealed = { ...put, Resource: ["arn:aws-iso:ec2:us-iso-east-1::snapshot/snap-0b"] };
  expect(statements(plain)).toEqual([{ ...put, Resource: ["arn:aws-us-gov:ec2:us-gov-west-1::snapshot/snap-0a"] }]);
  expect(statements(sealed)).toEqual([putSealed, ...onKey(["arn:aws-iso:kms:us-iso-east-1:*:key/*"])]);
  // The key that the settings name, and no other.
  const kmsKeyId = "arn:aws-iso:kms:us-iso-east-1:123456789012:key/1234abcd";
  expect(statements({ ...sealed, kmsKeyId })).toEqual([putSealed, ...onKey([kmsKeyId])]);
});
