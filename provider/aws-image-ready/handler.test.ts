import type { EC2Client } from "@aws-sdk/client-ec2";
import { expect, test } from "vitest";
import { decode } from "../codec";
import { fakeCall } from "../fake-store";
import { awsImageReadyHandler } from "./handler";

const URN = "urn:pulumi:dev::outer::builders:index:AwsImageReady::a";
const INPUTS = decode({ region: "us-east-1", imageId: "ami-1" });

/** Answers with these states in turn, the last again and again; "?" is an AMI that this answer does not know. */
function handler(states: string[]) {
  let asked = 0;
  let clock = 0;
  const send = () => {
    const state = states[Math.min(asked++, states.length - 1)];
    if (state === "?") return Promise.reject(Object.assign(new Error("?"), { name: "InvalidAMIID.NotFound" }));
    return Promise.resolve({ Images: [{ State: state, StateReason: { Message: "the snapshot is gone" } }] });
  };
  const sleep = (ms: number) => {
    clock += ms;
    return Promise.resolve();
  };
  const ec2 = () => Promise.resolve({ send } as unknown as EC2Client);
  return { create: awsImageReadyHandler({ ec2, sleep, now: () => clock }).create, asked: () => asked };
}

test("three answers in a row must agree: one that does not know it begins the count again", async () => {
  const { create, asked } = handler(["?", "pending", "available", "available", "?", "available"]);
  const { id, outs } = await create(INPUTS, fakeCall(URN));
  expect({ id, outs }).toEqual({ id: "ami-1", outs: { region: "us-east-1", imageId: "ami-1" } });
  expect(asked()).toBe(8);
});

test("one that failed is an error with EC2's reason, not a wait", async () => {
  const { create } = handler(["pending", "failed"]);
  await expect(create(INPUTS, fakeCall(URN))).rejects.toThrow("ami-1 in us-east-1 is failed: the snapshot is gone");
});

test("the wait has a bound and says what it waited for", async () => {
  const { create } = handler(["pending"]);
  await expect(create(INPUTS, fakeCall(URN))).rejects.toThrow("ami-1 in us-east-1 is pending after 60 minutes");
});
