import type { EC2Client } from "@aws-sdk/client-ec2";
import { beforeEach, expect, test } from "vitest";
import { decode } from "../codec";
import { fakeCall } from "../fake-store";
import { awsSweepHandler } from "./handler";

const URN = "urn:pulumi:dev::outer::builders:index:AwsSweep::a";
const INPUTS = decode({ region: "us-east-1", machine: "dev.x-worker", stack: "dev.x" });

/** What EC2 has, as far as the tags of one machine go; an instance takes one more look to end. */
let there: { instance?: string; group?: boolean; key?: boolean };
let filters: unknown[];
let done: string[];
let stuck: boolean;

beforeEach(() => {
  there = {};
  filters = [];
  done = [];
  stuck = false;
});

const answers: Record<string, () => unknown> = {
  DescribeInstancesCommand: () => {
    const state = there.instance;
    if (state === "shutting-down" && !stuck) delete there.instance;
    return {
      Reservations: state === undefined ? [] : [{ Instances: [{ InstanceId: "i-1", State: { Name: state } }] }],
    };
  },
  DescribeSecurityGroupsCommand: () => ({ SecurityGroups: there.group ? [{ GroupId: "sg-1" }] : [] }),
  DescribeKeyPairsCommand: () => ({ KeyPairs: there.key ? [{ KeyPairId: "key-1" }] : [] }),
  TerminateInstancesCommand: () => (there.instance = "shutting-down"),
  DeleteSecurityGroupCommand: () => (there.group = false),
  DeleteKeyPairCommand: () => (there.key = false),
};

function handler() {
  let clock = 0;
  const send = (command: { readonly input: { readonly Filters?: unknown } }) => {
    const name = command.constructor.name;
    if (!name.startsWith("Describe")) done.push(name);
    else filters.push(command.input.Filters);
    return Promise.resolve(answers[name]?.());
  };
  const sleep = (ms: number) => {
    clock += ms;
    return Promise.resolve();
  };
  return awsSweepHandler({ ec2: () => Promise.resolve({ send } as unknown as EC2Client), sleep, now: () => clock });
}

test("nothing left: nothing written, and only what bears both tags was looked for", async () => {
  const call = fakeCall(URN);
  await handler().create(INPUTS, call);
  expect({ done, said: call.said }).toEqual({ done: [], said: [] });
  for (const filter of filters) {
    expect(filter).toEqual(
      expect.arrayContaining([
        { Name: "tag:Name", Values: ["dev.x-worker"] },
        { Name: "tag:copr-builders-stack", Values: ["dev.x"] },
      ]),
    );
  }
});

test("the instance goes first, what it uses once it has ended, and each is named once", async () => {
  there = { instance: "running", group: true, key: true };
  const call = fakeCall(URN);
  await handler().delete("dev.x-worker", INPUTS, call);
  expect(done).toEqual(["TerminateInstancesCommand", "DeleteSecurityGroupCommand", "DeleteKeyPairCommand"]);
  expect(there).toEqual({ group: false, key: false });
  expect(call.said.map((line) => line.replace(/ in us-east-1.*/, ""))).toEqual([
    "ending instance i-1",
    "ending security group sg-1",
    "ending key pair key-1",
  ]);
});

test("what does not end is named", async () => {
  stuck = true;
  there = { instance: "shutting-down" };
  await expect(handler().create(INPUTS, fakeCall(URN))).rejects.toThrow("after 15 minutes: instance i-1");
});
