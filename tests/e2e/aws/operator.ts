/** Somebody who may do in the emulator exactly what the generated policy says, and the role of their uploads. */
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { awsUse } from "../../../infra/aws/grants";
import { policies, type PolicyDocument } from "../../../infra/aws/policy";
import type { PlatformUse } from "../../../infra/platform";
import type { AwsPlace, AwsWorker } from "../../../infra/aws/settings";
import type { TestEmulator } from "../../../standins/aws-emulator/testing/emulator";

const USER = "builder";

/** Makes user and role, switches enforcement on; the environment of the user. */
export async function asOperator(
  emulator: TestEmulator,
  use: PlatformUse<AwsWorker, AwsPlace>,
): Promise<Record<string, string>> {
  const { iam } = emulator.clients();
  const { operator, uploadRole } = policies(awsUse(use));
  const [place] = awsUse(use).places;
  const RoleName = place?.spec.uploadRole.split("/").at(-1) ?? "";
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "sts:AssumeRole" }],
  };
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }));
  const PolicyName = "generated";
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: JSON.stringify(uploadRole) }));
  await iam.send(new CreateUserCommand({ UserName: USER }));
  await putPolicy(emulator, operator);
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: USER }));
  await emulator.enforceIam(true);
  return {
    AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId ?? "",
    AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey ?? "",
  };
}

/** Replaces what the operator may do. */
export async function putPolicy(emulator: TestEmulator, document: PolicyDocument): Promise<void> {
  const { iam } = emulator.clients();
  const PolicyDocument = JSON.stringify(document);
  await iam.send(new PutUserPolicyCommand({ UserName: USER, PolicyName: "generated", PolicyDocument }));
}
