/** What an account of the AWS emulator has before a stack comes. */
import { DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { EMULATOR_ACCOUNT } from "../aws-emulator/start";
import type { TestEmulator } from "../aws-emulator/testing/emulator";

const ROLE = "upload";
export const UPLOAD_ROLE = `arn:aws:iam::${EMULATOR_ACCOUNT}:role/${ROLE}`;

/** What workers' uploads are signed with; it may do everything: what exactly it must be allowed is tested elsewhere. */
export async function makeUploadRole(emulator: TestEmulator): Promise<void> {
  const { iam } = emulator.clients();
  const allow = (more: object): string =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...more }] });
  const trust = allow({ Principal: { AWS: `arn:aws:iam::${EMULATOR_ACCOUNT}:root` }, Action: "sts:AssumeRole" });
  await iam.send(new CreateRoleCommand({ RoleName: ROLE, AssumeRolePolicyDocument: trust }));
  const PolicyDocument = allow({ Action: "*", Resource: "*" });
  await iam.send(new PutRolePolicyCommand({ RoleName: ROLE, PolicyName: "everything", PolicyDocument }));
}

/** Of the first availability zone. */
export async function firstSubnet(emulator: TestEmulator, region: string): Promise<string> {
  const { Subnets = [] } = await emulator.clients({ region }).ec2.send(new DescribeSubnetsCommand({}));
  return Subnets.find(({ AvailabilityZone }) => AvailabilityZone === `${region}a`)?.SubnetId ?? "";
}
