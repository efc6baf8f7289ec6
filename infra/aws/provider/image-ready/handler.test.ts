import type { EC2Client } from "@aws-sdk/client-ec2";
import { expect, test } from "vitest";
import { decode } from "../../../../provider/codec";
import { fakeCall } from "../../../../provider/fake-store";
import { awsImageReadyHandler } from "./handler";

const URN = "urn:pulumi:dev::outer::builders:index:AwsImageReady::a";
const INPUTS = decode({
  region: "us-east-1",
  imageId: "ami-1",
  name: "image",
  stack: "dev",
  identity: "abcdefgh2345",
  copied: false,
});

/** Answers with these states in turn, the last again and again; "?" is an AMI that this answer does not know. */
function handler(states: string[]) {
  let asked = 0;
  let clock = 0;
  const tagged: unknown[] = [];
  const send = ({
    constructor: { name },
    input,
  }: {
    readonly constructor: { name: string };
    readonly input: unknown;
  }) => {
    if (name === "CreateTagsCommand") return Promise.resolve(tagged.push(input));
    const state = states[Math.min(asked++, states.length - 1)];
    if (state === "?") return Promise.reject(Object.assign(new Error("?"), { name: "InvalidAMIID.NotFound" }));
    const BlockDeviceMappings = [{ Ebs: { SnapshotId: "snap-1" } }];
    const image = { State: state, StateReason: { Message: "the snapshot is gone" }, BlockDeviceMappings };
    return Promise.resolve({ Images: [image] });
  };
  const sleep = (ms: number) => {
    clock += ms;
    return Promise.resolve();
  };
  const ec2 = () => Promise.resolve({ send } as unknown as EC2Client);
  return { create: awsImageReadyHandler({ ec2, sleep, now: () => clock }).create, asked: () => asked, tagged };
}

test("three answers in a row must agree, and then it is said that a state knows of it", async () => {
  const { create, asked, tagged } = handler(["?", "pending", "available", "available", "?", "available"]);
  const { id, outs } = await create(INPUTS, fakeCall(URN));
  expect({ id, outs }).toEqual({ id: "ami-1", outs: INPUTS.value });
  // The last look is for its snapshot.
  expect(asked()).toBe(9);
  expect(tagged).toMatchObject([
    { Resources: ["snap-1"], Tags: expect.arrayContaining([{ Key: "copr-builders-image:ami-1", Value: "image" }]) },
  ]);
});

test("one that failed is an error with EC2's reason, not a wait", async () => {
  const { create } = handler(["pending", "failed"]);
  await expect(create(INPUTS, fakeCall(URN))).rejects.toThrow("ami-1 in us-east-1 is failed: the snapshot is gone");
});

test("the wait has a bound and says what it waited for", async () => {
  const { create } = handler(["pending"]);
  await expect(create(INPUTS, fakeCall(URN))).rejects.toThrow("ami-1 in us-east-1 is pending after 60 minutes");
});
