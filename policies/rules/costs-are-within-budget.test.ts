import { expect, it } from "vitest";
import { costsAreWithinBudget } from "./costs-are-within-budget";

const ami = (volumeSize: number) => ({
  type: "aws:ec2/ami:Ami",
  props: { ebsBlockDevices: [{ deviceName: "/dev/sda1", volumeSize }] },
});
const build = (platform: string, timeoutMinutes: number) => ({
  type: "builders:index:EphemeralStack",
  props: {
    config: { job: { worker: { platform, instanceType: "c7i.xlarge", region: "us-east-1" } } },
    timeoutMinutes,
  },
});

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
