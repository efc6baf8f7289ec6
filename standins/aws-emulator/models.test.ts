/** What the emulator answers, held against the AWS SDK's own models. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { CreateVolumeCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ACTIONS } from "../../infra/aws/action-names";
import { CALLS } from "../aws-plugin/calls";
import { TOOLS } from "../../cli/local/places";
import { START_TIMEOUT, startForTests, type TestEmulator } from "./testing/emulator";

/** Those of the policies and of the official plugin, what moto is mended for, and what makes something for them. */
const SERVED = new Set([
  // The store is another server, and keys, parameters and recipes are used by EC2 in our name.
  ...ACTIONS.filter((action) => !/^(kms|s3|ssm|imagebuilder):/.test(action)),
  ...Object.values(CALLS).flatMap(({ create, read, update, delete: end }) =>
    [...create, ...read, ...update, ...end].map((call) => `ec2:${call.split("+")[0] ?? ""}`),
  ),
  ...["GetSnapshotBlock", "ListChangedBlocks", "ListSnapshotBlocks"].map((action) => `ebs:${action}`),
  ...["CreateLaunchTemplate", "CreateNetworkInterface", "CreateVolume", "DeleteLaunchTemplate", "GetConsoleOutput"].map(
    (action) => `ec2:${action}`,
  ),
  ...["CreateRole", "CreateUser", "CreateAccessKey", "PutRolePolicy", "PutUserPolicy"].map((action) => `iam:${action}`),
  ...["GetAWSDefaultServiceQuota", "ListAWSDefaultServiceQuotas", "ListServiceQuotas"].map(
    (action) => `servicequotas:${action}`,
  ),
  "sts:GetCallerIdentity",
]);

let emulator: TestEmulator;
beforeAll(async () => {
  emulator = await startForTests({ pendingReads: 0 });
}, START_TIMEOUT);
afterAll(() => emulator.remove());

it("has in every action's answer what the model has, and takes nothing that the model refuses", async () => {
  const { endpoint, credentials } = emulator;
  const env = { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey };
  const failed = execFileSync(
    join(TOOLS, "aws-emulator/bin/python"),
    ["-B", "-m", "testing.walk", endpoint, ...SERVED],
    { cwd: __dirname, env, encoding: "utf8" },
  );
  expect(JSON.parse(failed)).toEqual({});
  expect((await emulator.stats()).misfits).toEqual([]);
});

it(
  "fails who ends it, if it took what the model refuses",
  async () => {
    const other = await startForTests();
    const wrong = { AvailabilityZone: "us-east-1a", Size: 1, VolumeType: "gp9" as "gp3" };
    await other.clients().ec2.send(new CreateVolumeCommand(wrong));
    await other.reset();
    await expect(other.remove()).rejects.toThrow(
      "ec2:CreateVolume asked: .VolumeType has the value 'gp9', which is none",
    );
  },
  START_TIMEOUT,
);
