import type { EC2Client } from "@aws-sdk/client-ec2";
import { beforeEach, expect, test } from "vitest";
import { decode } from "../../../../provider/codec";
import { fakeCall } from "../../../../provider/fake-store";
import { awsSweepHandler } from "./handler";

const URN = "urn:pulumi:dev::outer::builders:index:AwsSweep::a";
const MARK = { Name: "abcdefgh2345.x-worker", "copr-builders-owner": "abcdefgh2345" };
const BEFORE = { Name: "dev.x-worker", "copr-builders-stack": "dev.x" };
const INPUTS = decode({ region: "us-east-1", bearing: [MARK, BEFORE] });

/** What EC2 has of the machine; an instance takes one more look to end. */
let there: Map<string, string>;
let filters: unknown[];
let done: string[];
let stuck: boolean;

beforeEach(() => {
  there = new Map();
  filters = [];
  done = [];
  stuck = false;
});

/** The tags with what looks like them, which filters with a pattern in them would let through. */
const Tags = Object.entries(MARK).map(([Key, Value]) => ({ Key, Value }));
const alike = [{ Key: "Name", Value: `${MARK.Name}2` }, ...Tags.slice(1)];
const listed = (kind: string, id: string) => [
  { [id]: `${kind}-2`, Tags: alike, TagSet: alike },
  ...(there.has(kind) ? [{ [id]: `${kind}-1`, Tags, TagSet: Tags, State: { Name: there.get(kind) } }] : []),
];
const take = (kind: string) => there.delete(kind);

const answers: Record<string, (() => unknown) | undefined> = {
  DescribeInstancesCommand: () => {
    const Instances = listed("i", "InstanceId");
    if (there.get("i") === "shutting-down" && !stuck) take("i");
    return { Reservations: [{ Instances }] };
  },
  DescribeSpotInstanceRequestsCommand: () => ({ SpotInstanceRequests: listed("sir", "SpotInstanceRequestId") }),
  DescribeVolumesCommand: () => ({ Volumes: listed("vol", "VolumeId") }),
  DescribeNetworkInterfacesCommand: () => ({ NetworkInterfaces: listed("eni", "NetworkInterfaceId") }),
  DescribeSecurityGroupsCommand: () => ({ SecurityGroups: listed("sg", "GroupId") }),
  DescribeKeyPairsCommand: () => ({ KeyPairs: listed("key", "KeyPairId") }),
  TerminateInstancesCommand: () => there.set("i", "shutting-down"),
  CancelSpotInstanceRequestsCommand: () => take("sir"),
  DeleteVolumeCommand: () => take("vol"),
  DeleteNetworkInterfaceCommand: () => take("eni"),
  DeleteSecurityGroupCommand: () => take("sg"),
  DeleteKeyPairCommand: () => take("key"),
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

test("nothing left: nothing written, and only what bears all tags of a set was looked for", async () => {
  const call = fakeCall(URN);
  await handler().create(INPUTS, call);
  expect({ done, said: call.said }).toEqual({ done: [], said: [] });
  const wanted = [MARK, BEFORE].map((mark) =>
    Object.entries(mark).map(([name, value]) => ({ Name: `tag:${name}`, Values: [value] })),
  );
  expect(filters).toHaveLength(12);
  for (const [index, filter] of filters.entries())
    expect(filter).toEqual(expect.arrayContaining(wanted[index % 2] ?? []));
});

test("the instance goes first, what it uses once it has ended, each is named once, and no look-alike goes", async () => {
  there = new Map([
    ["i", "running"],
    ["sir", ""],
    ["vol", ""],
    ["eni", ""],
    ["key", ""],
    ["sg", ""],
  ]);
  const call = fakeCall(URN);
  await handler().delete("x", INPUTS, call);
  expect(done).toEqual([
    "TerminateInstancesCommand",
    "CancelSpotInstanceRequestsCommand",
    "DeleteVolumeCommand",
    "DeleteNetworkInterfaceCommand",
    "DeleteKeyPairCommand",
    "DeleteSecurityGroupCommand",
  ]);
  expect(there.size).toBe(0);
  expect(call.said.map((line) => line.replace(/ in us-east-1.*/, ""))).toEqual([
    "ending instance i-1",
    "ending spot request sir-1",
    "ending volume vol-1",
    "ending network interface eni-1",
    "ending key pair key-1",
    "ending security group sg-1",
  ]);
});

test("what does not end is named", async () => {
  stuck = true;
  there = new Map([["i", "shutting-down"]]);
  await expect(handler().create(INPUTS, fakeCall(URN))).rejects.toThrow("after 15 minutes: instance i-1");
});

test("a name alone, or an owner alone, is not enough to end anything", () => {
  const check = (bearing: object[]) => handler().check(decode({ region: "us-east-1", bearing }));
  expect(check([{ Name: "x" }, { "copr-builders-owner": "abcdefgh2345" }]).map(({ property }) => property)).toEqual([
    "bearing[0]",
    "bearing[1]",
  ]);
  expect(check([])).toHaveLength(1);
});
