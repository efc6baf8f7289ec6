import { expect, it } from "vitest";
import { costsAreWithinBudget } from "./costs-are-within-budget";

const ami = (volumeSize: number) => ({
  type: "aws:ec2/ami:Ami",
  props: { name: "a", ebsBlockDevices: [{ deviceName: "/dev/sda1", volumeSize }] },
});
const copy = (name?: string) => ({ type: "aws:ec2/amiCopy:AmiCopy", props: { name } });
const glance = { type: "builders:index:GlanceImage", props: { sizeBytes: 2 ** 30 } };
const ibm = { type: "builders:index:IbmImage", props: {} };
const build = (platform: string, timeoutMinutes: number, more: object = {}, spares: readonly object[] = []) => {
  const worker = { platform, instanceType: "c7i.xlarge", region: "us-east-1", ...more };
  return { type: "builders:index:EphemeralStack", props: { config: { job: { worker, spares } }, timeoutMinutes } };
};

async function violations(resources: readonly object[], options: object): Promise<string[]> {
  const found: string[] = [];
  const args = { resources, getConfig: () => options };
  await costsAreWithinBudget.validateStack(args as never, (message) => found.push(message));
  return found;
}

it("adds up what all images cost a month, by the report's prices", async () => {
  expect(await violations([ami(100), ami(100)], { monthUsd: 9 })).toEqual([
    "images may cost $10.00 a month, and the stack allows $9.00; write keepGenerations, or fewer regions",
  ]);
  expect(await violations([ami(100), ami(100)], { monthUsd: 10 })).toEqual([]);
});

it("adds up what all workers cost for as long as they may take", async () => {
  const [said] = await violations([build("aws", 60), build("aws", 60)], { runUsd: 0.2 });
  expect(said).toMatch(/^a run may cost \$0\.3\d, and the stack allows \$0\.20; write cheaper workers/);
  expect(await violations([build("aws", 60)], { runUsd: 0.2 })).toEqual([]);
});

it("asks nothing where the stack allows any sum, and nothing of what it does not know", async () => {
  expect(await violations([ami(10_000), build("aws", 6000)], {})).toEqual([]);
  expect(await violations([build("nowhere", 60)], { runUsd: 0 })).toEqual([]);
});

it("pays for a copy in another region as for what it is a copy of, and says which it can't reckon", async () => {
  expect(await violations([ami(100), copy("a"), copy("a")], { monthUsd: 14 })).toEqual([
    "images may cost $15.00 a month, and the stack allows $14.00; write keepGenerations, or fewer regions",
  ]);
  expect(await violations([ami(100), copy("b")], { monthUsd: 14 })).toEqual([
    'how large an image is on aws is not known; write gibMonthUsd: {"aws":0}, and reckon it yourself',
  ]);
});

it("takes nothing for free whose price nobody lists: its price is to be said", async () => {
  const odd = { instanceType: "m7i.48xlarge", spot: true };
  const said =
    'what an hour of a worker of type m7i.48xlarge spot costs is not known; write hourUsd: {"m7i.48xlarge":0.1}, with its price';
  expect(await violations([build("aws", 60, odd), build("aws", 60, odd)], { runUsd: 1 })).toEqual([said]);
  expect(await violations([build("aws", 60, {}, [{ platform: "aws", ...odd }])], { runUsd: 1 })).toEqual([said]);
  const priced = { runUsd: 15, hourUsd: { "m7i.48xlarge": 10 } };
  expect(await violations([build("aws", 60, odd)], priced)).toEqual([]);
  expect(await violations([build("aws", 60, odd), build("aws", 60, odd)], priced)).toEqual([
    expect.stringMatching(/^a run may cost \$20\.00, and the stack allows \$15\.00/),
  ]);
  expect(await violations([build("libvirt", 600)], { runUsd: 0 })).toEqual([]);
  expect(await violations([glance, ibm], { monthUsd: 1 })).toEqual([
    'what a GiB of an image costs on openstack is not known; write gibMonthUsd: {"openstack":0.1}, with its price',
    'how large an image is on ibm is not known; write gibMonthUsd: {"ibm":0}, and reckon it yourself',
  ]);
  expect(await violations([glance, ibm], { monthUsd: 1, gibMonthUsd: { openstack: 0.5, ibm: 0 } })).toEqual([]);
  expect(await violations([build("aws", 60, odd), glance], {})).toEqual([]);
});
