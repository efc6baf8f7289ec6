import { expect, it } from "vitest";
import type { Clients } from "./ask";
import { awsLook, lostSnapshots } from "./look";

const denied = (message: string) => () =>
  Promise.reject(Object.assign(new Error(message), { name: "UnauthorizedOperation" }));
const open = (says: string) => () =>
  Promise.resolve({
    ec2: { send: denied(says) },
    sts: { send: () => Promise.resolve({ Account: "123456789012" }) },
  } as unknown as Clients);

it("a preview by somebody who may not look names the place and what it takes", async () => {
  const plain = open("You are not authorized to perform this operation.");
  await expect(awsLook({ region: "us-east-1" }, ["copr-builder"], plain)).rejects.toThrow(
    /^can't look at images in us-east-1: UnauthorizedOperation: .*need the action ec2:DescribeImages, and ec2:DescribeSnapshots/,
  );
  await expect(lostSnapshots({ region: "eu-west-1" }, "id", ["ab"], plain)).rejects.toThrow(
    /^can't look at snapshots in eu-west-1: .*need the action ec2:DescribeSnapshots/,
  );
});

it("where a rule denies it, no permission is asked for", async () => {
  const ruled = open("not authorized to perform: ec2:DescribeImages with an explicit deny in a service control policy");
  await expect(awsLook({ region: "us-east-1" }, ["copr-builder"], ruled)).rejects.toThrow(/a rule denies it/);
});

it("an image that is public no more, though the settings want it, says so", async () => {
  const image = { ImageId: "ami-1", Name: "copr-builder", State: "available", Tags: [] };
  const answer = (Public: boolean) => () =>
    Promise.resolve({
      ec2: {
        send: ({ constructor: { name } }: object) =>
          Promise.resolve(name.startsWith("DescribeImages") ? { Images: [{ ...image, Public }] } : { Snapshots: [] }),
      },
      sts: { send: () => Promise.resolve({ Account: "123456789012" }) },
    } as unknown as Clients);
  const look = async (wanted: boolean, is: boolean) =>
    (await awsLook({ region: "us-east-1", public: wanted }, ["copr-builder"], answer(is))).images[0]?.lacks;
  expect(await look(true, false)).toMatch(/^is not public.*pulumi up --refresh/);
  expect([await look(true, true), await look(false, false)]).toEqual([undefined, undefined]);
});
