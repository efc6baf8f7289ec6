import type { EC2Client } from "@aws-sdk/client-ec2";
import { expect, test } from "vitest";
import { sayUsers } from "./users";

const client = (answer: object | Error) =>
  ({
    send: () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)),
  }) as unknown as EC2Client;

async function said(answer: object | Error, ids: readonly string[] = ["ami-1"]): Promise<string[]> {
  const lines: string[] = [];
  const log = {
    status: () => undefined,
    info: (text: string) => void lines.push(`info: ${text}`),
    warn: (text: string) => void lines.push(`warning: ${text}`),
  };
  await sayUsers(client(answer), "us-east-1", ids, log);
  return lines;
}

test("what names an image that goes is warned of; nothing is said of one that nothing names", async () => {
  const user = { ImageId: "ami-1", ResourceType: "ssm:Parameter", Arn: "arn:parameter/farm" };
  expect(await said({ ImageReferences: [user] })).toEqual([
    "warning: ami-1 in us-east-1 goes, and parameter arn:parameter/farm names it: give that another image",
  ]);
  expect(await said({ ImageReferences: [] })).toEqual([]);
  expect(await said(new Error("nobody is to be asked"), [])).toEqual([]);
});

test("who may not ask is told so, and the image goes all the same", async () => {
  expect(await said(new Error("you may not"))).toEqual([
    "info: what names ami-1 in us-east-1 can't be told: you may not",
  ]);
});
