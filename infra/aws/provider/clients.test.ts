import { expect, it } from "vitest";
import { awsError } from "./clients";

const denied = (message: string) => Object.assign(new Error(message), { name: "UnauthorizedOperation" });

it.each([
  ["because no identity-based policy allows the ec2:CreateTags action", /need the action ec2:CreateTags$/],
  ["", /need the action ec2:CreateTags$/],
  ["with an explicit deny in a service control policy", /a rule denies it/],
  ["because no permissions boundary allows the ec2:CreateTags action", /a rule denies it/],
  ["because no session policy allows the ec2:CreateTags action", /a rule denies it/],
])("a denial %j is not always for want of a permission", (words, advice) => {
  expect(awsError("tag it", "ec2:CreateTags", "us-east-1", denied(`not authorized ${words}`)).message).toMatch(advice);
});

it("what is no denial has no advice", () => {
  expect(awsError("tag it", "ec2:CreateTags", "us-east-1", new Error("gone")).message).toBe(
    "can't tag it in us-east-1: Error: gone",
  );
});
