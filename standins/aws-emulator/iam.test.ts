import {
  DeleteSnapshotCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  RegisterImageCommand,
} from "@aws-sdk/client-ec2";
import { StartSnapshotCommand } from "@aws-sdk/client-ebs";
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { EMULATOR_ACCOUNT } from "./start";
import {
  START_TIMEOUT,
  makeSnapshot,
  putCommand,
  randomBlock,
  startForTests,
  type Clients,
  type Credentials,
  type TestEmulator,
} from "./testing/emulator";

interface Statement {
  readonly Action: string | readonly string[];
  readonly Effect?: "Allow" | "Deny";
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

let emulator: TestEmulator;
let admin: Clients;

beforeAll(async () => {
  emulator = await startForTests();
  admin = emulator.clients();
}, START_TIMEOUT);
afterAll(() => emulator.remove());
beforeEach(() => emulator.reset());

function policy(...statements: readonly Statement[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((statement) => ({ Effect: "Allow", Resource: "*", ...statement })),
  });
}

/** Clients of a user who may do this and nothing else. */
async function user(...statements: readonly Statement[]): Promise<Clients> {
  await admin.iam.send(new CreateUserCommand({ UserName: "limited" }));
  await admin.iam.send(
    new PutUserPolicyCommand({ UserName: "limited", PolicyName: "p", PolicyDocument: policy(...statements) }),
  );
  const { AccessKey } = await admin.iam.send(new CreateAccessKeyCommand({ UserName: "limited" }));
  await emulator.enforceIam(true);
  return emulator.clients({
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" },
  });
}

/** A role that puts blocks, trusted by the whole account, or by those named. */
async function uploadRole(trusted: string = `arn:aws:iam::${EMULATOR_ACCOUNT}:root`): Promise<string> {
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: trusted }, Action: "sts:AssumeRole" }],
  };
  const { Role } = await admin.iam.send(
    new CreateRoleCommand({ RoleName: "upload", AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  const document = policy({ Action: "ebs:*" });
  await admin.iam.send(new PutRolePolicyCommand({ RoleName: "upload", PolicyName: "p", PolicyDocument: document }));
  return Role?.Arn ?? "";
}

async function assume({ sts }: Clients, role: string, session?: string): Promise<Credentials> {
  const { Credentials: got } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: role,
      RoleSessionName: "worker",
      ...(session === undefined ? {} : { Policy: session }),
    }),
  );
  return {
    accessKeyId: got?.AccessKeyId ?? "",
    secretAccessKey: got?.SecretAccessKey ?? "",
    sessionToken: got?.SessionToken ?? "",
  };
}

const denied = { name: "UnauthorizedOperation" };

describe("without enforcement", () => {
  it("nobody is refused", async () => {
    const limited = await user({ Action: "sts:GetCallerIdentity" });
    await emulator.enforceIam(false);
    await limited.ec2.send(new DescribeSnapshotsCommand({}));
  });
});

describe("with enforcement", () => {
  it("what no policy allows is refused, named in the answer and in the statistics", async () => {
    const limited = await user({ Action: "ec2:DescribeImages" });
    await limited.ec2.send(new DescribeImagesCommand({ Owners: ["self"] }));
    await expect(limited.ec2.send(new DescribeSnapshotsCommand({}))).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining("ec2:DescribeSnapshots"),
    });
    await expect(limited.ebs.send(new StartSnapshotCommand({ VolumeSize: 1 }))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
    const { Arn } = await limited.sts.send(new GetCallerIdentityCommand({}));
    const { calls, denied: refused } = await emulator.stats();
    expect(refused.map(({ principal, action }) => [principal, action])).toEqual([
      [Arn, "ec2:DescribeSnapshots"],
      [Arn, "ebs:StartSnapshot"],
    ]);
    expect(calls["ec2:DescribeSnapshots"]).toEqual({ allowed: 0, denied: 1, failed: 0 });
    // The operator's credentials allow everything.
    await admin.ec2.send(new DescribeSnapshotsCommand({}));
  });

  it("DryRun tells whether it is allowed, and does nothing", async () => {
    const snapshot = await makeSnapshot(admin);
    const limited = await user({ Action: "ec2:DeleteSnapshot" });
    const dry = { DryRun: true };
    await expect(limited.ec2.send(new DeleteSnapshotCommand({ SnapshotId: snapshot, ...dry }))).rejects.toMatchObject({
      name: "DryRunOperation",
    });
    await expect(limited.ec2.send(new RegisterImageCommand({ Name: "image", ...dry }))).rejects.toMatchObject(denied);
    expect(Object.keys((await emulator.stats()).snapshots)).toEqual([snapshot]);
  });

  it("a denial wins over a permission", async () => {
    const limited = await user({ Action: "ec2:*" }, { Effect: "Deny", Action: "ec2:DescribeSnapshots" });
    await limited.ec2.send(new DescribeImagesCommand({ Owners: ["self"] }));
    await expect(limited.ec2.send(new DescribeSnapshotsCommand({}))).rejects.toMatchObject(denied);
  });

  it("resources and their tags decide", async () => {
    const tags = (value: string) => ({ Tags: [{ Key: "CoprPurpose", Value: value }] });
    const start = (clients: Clients, value: string) =>
      clients.ebs.send(new StartSnapshotCommand({ VolumeSize: 1, ...tags(value) }));
    const { SnapshotId: foreign = "" } = await start(admin, "other");
    const limited = await user(
      {
        Action: ["ebs:StartSnapshot", "ec2:CreateTags"],
        Resource: "arn:aws:ec2:us-east-1::snapshot/*",
        Condition: { StringEquals: { "aws:RequestTag/CoprPurpose": "builder" } },
      },
      {
        Action: "ec2:DeleteSnapshot",
        Resource: "arn:aws:ec2:*::snapshot/*",
        Condition: { StringEquals: { "aws:ResourceTag/CoprPurpose": ["builder"] } },
      },
    );
    const { SnapshotId: own = "" } = await start(limited, "builder");
    await expect(start(limited, "other")).rejects.toMatchObject({ name: "AccessDeniedException" });
    await expect(limited.ec2.send(new DeleteSnapshotCommand({ SnapshotId: foreign }))).rejects.toMatchObject(denied);
    await limited.ec2.send(new DeleteSnapshotCommand({ SnapshotId: own }));
    expect((await emulator.stats()).denied.at(-1)?.resource).toBe(`arn:aws:ec2:us-east-1::snapshot/${foreign}`);
  });

  it("tags at creation need a permission of their own, which can be bound to the action", async () => {
    const snapshot = await makeSnapshot(admin);
    const register = (Name: string) =>
      new RegisterImageCommand({
        Name,
        BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId: snapshot } }],
        TagSpecifications: [{ ResourceType: "image", Tags: [{ Key: "arch", Value: "x86_64" }] }],
      });
    const limited = await user({ Action: "ec2:RegisterImage" });
    await expect(limited.ec2.send(register("one"))).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining("ec2:CreateTags"),
    });
    const created = { StringEquals: { "ec2:CreateAction": "RegisterImage" } };
    await emulator.enforceIam(false);
    await admin.iam.send(
      new PutUserPolicyCommand({
        UserName: "limited",
        PolicyName: "p",
        PolicyDocument: policy(
          { Action: "ec2:RegisterImage" },
          { Action: "ec2:CreateTags", Resource: "arn:aws:ec2:*::image/*", Condition: created },
        ),
      }),
    );
    await emulator.enforceIam(true);
    await limited.ec2.send(register("one"));
  });
});

describe("a simulation", () => {
  it("says what would be allowed, on what, under which conditions", async () => {
    await user(
      {
        Action: "ec2:DeleteSnapshot",
        Resource: "arn:aws:ec2:us-east-1:*:snapshot/*",
        Condition: { StringEquals: { "aws:ResourceTag/stack": "dev" } },
      },
      { Effect: "Deny", Action: "ec2:RunInstances" },
    );
    const simulate = async (resource: string, stack: string): Promise<(string | undefined)[]> => {
      const { EvaluationResults } = await admin.iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: `arn:aws:iam::${EMULATOR_ACCOUNT}:user/limited`,
          ActionNames: ["ec2:DeleteSnapshot", "ec2:RunInstances", "ec2:CopyImage"],
          ResourceArns: [resource],
          ContextEntries: [
            { ContextKeyName: "aws:ResourceTag/stack", ContextKeyType: "string", ContextKeyValues: [stack] },
          ],
        }),
      );
      return (EvaluationResults ?? []).map((result) => result.EvalDecision);
    };
    const snapshot = "arn:aws:ec2:us-east-1::snapshot/snap-0";
    expect(await simulate(snapshot, "dev")).toEqual(["allowed", "explicitDeny", "implicitDeny"]);
    expect(await simulate(snapshot, "other")).toEqual(["implicitDeny", "explicitDeny", "implicitDeny"]);
    expect((await simulate(snapshot.replace("us-east-1", "eu-west-1"), "dev"))[0]).toBe("implicitDeny");
  });
});

describe("a session of a role", () => {
  it("can do what role and session policy both allow: blocks of one snapshot, nothing else", async () => {
    const role = await uploadRole();
    const start = async () => (await admin.ebs.send(new StartSnapshotCommand({ VolumeSize: 1 }))).SnapshotId ?? "";
    const [own, foreign] = [await start(), await start()];
    const arn = `arn:aws:ec2:us-east-1::snapshot/${own}`;
    await emulator.enforceIam(true);
    const credentials = await assume(admin, role, policy({ Action: "ebs:PutSnapshotBlock", Resource: arn }));
    const worker = emulator.clients({ credentials });
    await worker.ebs.send(putCommand(own, randomBlock(0)));
    const refused = { name: "AccessDeniedException" };
    await expect(worker.ebs.send(putCommand(foreign, randomBlock(0)))).rejects.toMatchObject(refused);
    await expect(worker.ebs.send(new StartSnapshotCommand({ VolumeSize: 1 }))).rejects.toMatchObject(refused);
    await expect(worker.ec2.send(new DescribeSnapshotsCommand({}))).rejects.toMatchObject(denied);
    const { Arn } = await worker.sts.send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe(`arn:aws:sts::${EMULATOR_ACCOUNT}:assumed-role/upload/worker`);
  });

  it("is only for whom the role trusts", async () => {
    const role = await uploadRole(`arn:aws:iam::${EMULATOR_ACCOUNT}:user/somebody`);
    await emulator.enforceIam(true);
    await expect(assume(admin, role)).rejects.toMatchObject({ name: "AccessDenied" });
    await expect(assume(admin, `${role}-which-is-not-there`)).rejects.toMatchObject({ name: "AccessDenied" });
  });

  it("ends after as many uses as a test wants, and the next one works", async () => {
    const role = await uploadRole();
    const { SnapshotId: id = "" } = await admin.ebs.send(new StartSnapshotCommand({ VolumeSize: 1 }));
    const worker = emulator.clients({ credentials: await assume(admin, role) });
    await emulator.faults({ expireAfterUses: 2, times: 1 });
    for (const index of [0, 1]) await worker.ebs.send(putCommand(id, randomBlock(index)));
    for (const index of [2, 3]) {
      await expect(worker.ebs.send(putCommand(id, randomBlock(index)))).rejects.toMatchObject({
        name: "ExpiredTokenException",
      });
    }
    const next = emulator.clients({ credentials: await assume(admin, role) });
    for (const index of [2, 3, 4]) await next.ebs.send(putCommand(id, randomBlock(index)));
    expect((await emulator.stats()).snapshots[id]?.blocks).toBe(5);
  });
});

describe("a wrong signature", () => {
  it("is refused, whoever it claims to be of", async () => {
    const { accessKeyId } = emulator.credentials;
    const forged = emulator.clients({ credentials: { accessKeyId, secretAccessKey: "guessed" } });
    await expect(forged.ec2.send(new DescribeSnapshotsCommand({}))).rejects.toMatchObject({ name: "AuthFailure" });
    await expect(forged.ebs.send(new StartSnapshotCommand({ VolumeSize: 1 }))).rejects.toMatchObject({
      name: "InvalidSignatureException",
    });
  });
});
