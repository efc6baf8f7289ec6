import { CreateUserCommand, PutUserPolicyCommand, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EMULATOR_ACCOUNT } from "./start";
import { START_TIMEOUT, startForTests, type TestEmulator } from "./testing/emulator";

let emulator: TestEmulator;

beforeAll(async () => {
  emulator = await startForTests();
  await emulator.clients().iam.send(new CreateUserCommand({ UserName: "user" }));
}, START_TIMEOUT);
afterAll(() => emulator.remove());

type Statement = Readonly<Record<string, unknown>>;

/** What one statement says of ec2:CopyImage on an image of ours. */
async function decision(statement: Statement, context: Readonly<Record<string, readonly string[]>>): Promise<string> {
  const { iam } = emulator.clients();
  const complete = { Effect: "Allow", ...statement };
  await iam.send(
    new PutUserPolicyCommand({
      UserName: "user",
      PolicyName: "p",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: complete }),
    }),
  );
  const { EvaluationResults } = await iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn: `arn:aws:iam::${EMULATOR_ACCOUNT}:user/user`,
      ActionNames: ["ec2:CopyImage"],
      ResourceArns: ["arn:aws:ec2:us-east-1::image/ami-1"],
      ContextEntries: Object.entries(context).map(([ContextKeyName, ContextKeyValues]) => ({
        ContextKeyName,
        ContextKeyType: "stringList" as const,
        ContextKeyValues: [...ContextKeyValues],
      })),
    }),
  );
  return EvaluationResults?.[0]?.EvalDecision ?? "";
}

const any = { Action: "*", Resource: "*" };
const tag = "aws:RequestTag/app";

describe("actions and resources", () => {
  it.each([
    [{ Action: "ec2:Copy*", Resource: "*" }, "allowed"],
    [{ Action: ["EC2:copyimage"], Resource: "*" }, "allowed"],
    [{ Action: "ec2:CopyImag?", Resource: "*" }, "allowed"],
    [{ Action: "ec2:CopySnapshot", Resource: "*" }, "implicitDeny"],
    [{ NotAction: "ec2:CopyImage", Resource: "*" }, "implicitDeny"],
    [{ NotAction: "iam:*", Resource: "*" }, "allowed"],
    [{ Action: "*", Resource: ["arn:aws:ec2:us-east-1::image/*"] }, "allowed"],
    [{ Action: "*", Resource: "arn:aws:ec2:*:*:image/*" }, "allowed"],
    [{ Action: "*", Resource: "arn:aws:ec2:us-east-1::snapshot/*" }, "implicitDeny"],
    [{ Action: "*", NotResource: "arn:aws:ec2:*::snapshot/*" }, "allowed"],
    [{ ...any, Effect: "Deny" }, "explicitDeny"],
  ])("%j: %s", async (statement, expected) => {
    expect(await decision(statement, {})).toBe(expected);
  });
});

describe("conditions", () => {
  const given = { [tag]: ["builder"], "aws:TagKeys": ["app", "arch"], "ec2:Size": ["10"] };
  it.each([
    [{ StringEquals: { [tag]: "builder" } }, true],
    [{ StringEquals: { [tag]: ["other", "builder"] } }, true],
    [{ StringEquals: { [tag]: "Builder" } }, false],
    [{ StringEqualsIgnoreCase: { [tag]: "Builder" } }, true],
    [{ StringEquals: { [tag.toLowerCase()]: "builder" } }, true],
    [{ StringEquals: { "aws:RequestTag/none": "x" } }, false],
    [{ StringEqualsIfExists: { "aws:RequestTag/none": "x" } }, true],
    [{ StringNotEquals: { [tag]: "builder" } }, false],
    [{ StringNotEquals: { [tag]: ["other", "builder"] } }, false],
    [{ StringNotEquals: { [tag]: "other" } }, true],
    [{ StringNotEquals: { "aws:RequestTag/none": "x" } }, true],
    [{ StringLike: { [tag]: "build*" } }, true],
    [{ StringLike: { [tag]: "*image" } }, false],
    [{ Null: { [tag]: "false" } }, true],
    [{ Null: { "aws:RequestTag/none": true } }, true],
    [{ Null: { [tag]: "true" } }, false],
    [{ "ForAllValues:StringEquals": { "aws:TagKeys": ["app", "arch", "stack"] } }, true],
    [{ "ForAllValues:StringEquals": { "aws:TagKeys": ["app"] } }, false],
    [{ "ForAnyValue:StringEquals": { "aws:TagKeys": ["arch", "stack"] } }, true],
    [{ "ForAnyValue:StringEquals": { "aws:TagKeys": ["stack"] } }, false],
    [{ NumericLessThanEquals: { "ec2:Size": "10" } }, true],
    [{ NumericGreaterThan: { "ec2:Size": "10" } }, false],
    // All of them must hold.
    [{ StringEquals: { [tag]: "builder", "aws:RequestTag/none": "x" } }, false],
    [{ StringEquals: { [tag]: "builder" }, Null: { [tag]: "true" } }, false],
  ])("%j: %s", async (Condition, allowed) => {
    expect(await decision({ ...any, Condition }, given)).toBe(allowed ? "allowed" : "implicitDeny");
  });

  it("that the emulator doesn't know are no silent permission", async () => {
    const unknown = { IpAddress: { "ec2:Size": "10.0.0.0/8" } };
    await expect(decision({ ...any, Condition: unknown }, given)).rejects.toThrow(/condition operator IpAddress/);
  });
});
