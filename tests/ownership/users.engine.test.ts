/** An AMI that something else in the account names stays, with its whole generation, until nothing names it any more. */
import {
  CreateLaunchTemplateCommand,
  DeleteLaunchTemplateCommand,
  DescribeLaunchTemplatesCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, expect, it } from "vitest";
import { imageDigest, ledger, nothingLeft } from "./support/check";
import { forgetImages, owned } from "./support/owned";
import type { Stack } from "./support/stack";
import { REGIONS, World } from "./support/world";

let world: World;
let stack: Stack;
/** What g1 published, by place. */
let first: Readonly<Record<string, string>>;

beforeAll(async () => {
  world = await World.start();
  stack = world.stack({ publish: ["aws"] });
  stack.set({ keepGenerations: "1" });
  await stack.init();
  await stack.up();
  first = (await ledger(stack))[0]?.published ?? {};
});
afterAll(() => world.stop());

const NAMED = REGIONS[1];
const theirs = "a-farm";

/** A launch template of somebody's in the second region. @returns how the run is to name it */
async function name(ImageId: string | undefined): Promise<string> {
  const { ec2 } = world.emulator.clients({ region: NAMED });
  const input = { LaunchTemplateName: theirs, LaunchTemplateData: { ImageId } };
  const { LaunchTemplate } = await ec2.send(new CreateLaunchTemplateCommand(input));
  return `launch-template/${LaunchTemplate?.LaunchTemplateId}`;
}

async function forget(): Promise<void> {
  const { ec2 } = world.emulator.clients({ region: NAMED });
  await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName: theirs }));
}

const inNamed = (published: Readonly<Record<string, string>>) =>
  Object.entries(published).find(([place]) => place.includes(NAMED))?.[1];
const generations = async () => (await ledger(stack)).map(({ id }) => id);
const there = async (published: Readonly<Record<string, string>>) =>
  (await Promise.all(Object.values(published).map((id) => imageDigest(world, id)))).map((digest) => digest !== "gone");

it("a generation that a launch template names is kept by the run that would drop it, in every region, and both are named", async () => {
  const template = await name(inNamed(first));
  const told = new RegExp(
    `g1 is kept: launch template \\S+${template} names ${inNamed(first)} \\(aws/${NAMED}/x86_64\\)`,
  );
  stack.source("second");
  const preview = await stack.pulumi.preview();
  expect(preview.code, preview.text).toBe(0);
  expect(preview.text).toMatch(told);
  expect(await stack.up()).toMatch(told);
  expect(await generations()).toEqual(["g2", "g1"]);
  expect(await there(first)).toEqual([true, true]);
  // And by the next, which has nothing else to do.
  expect(await stack.up()).toMatch(told);
  expect(await there(first)).toEqual([true, true]);
});

it("where EC2 does not say what names it, it is kept with a warning of what to do", async () => {
  await forget();
  await world.emulator.faults({ action: "DescribeImageReferences", status: 403, code: "UnauthorizedOperation" });
  const text = await stack.up();
  expect(text).toMatch(/g1: kept, since what names images in \S+ can't be told.*allow ec2:DescribeImageReferences/);
  expect(await generations()).toEqual(["g2", "g1"]);
  expect(await there(first)).toEqual([true, true]);
  await world.emulator.clearFaults();
});

it("once nothing names it, the next run deletes it", async () => {
  expect(await stack.up()).toContain("removed, used by nobody any more: g1");
  expect(await generations()).toEqual(["g2"]);
  expect(await there(first)).toEqual([false, false]);
});

it('"owned --delete" leaves what the state has lost and a template names, and destroy says whose it was', async () => {
  const [current] = await ledger(stack);
  const published = current?.published ?? {};
  const image = inNamed(published);
  const template = await name(image);
  await forgetImages(stack);
  const { code, text } = await owned(stack, "--delete");
  expect(code, text).toBe(1);
  expect(text).toMatch(new RegExp(`AMI ${image} .*no state knows of it, named by launch template \\S+${template}`));
  expect(text).not.toMatch(/can't delete/);
  expect(Object.keys(published).length).toBe(2);
  expect(await imageDigest(world, image ?? "none")).not.toBe("gone");

  await stack.up();
  const now = inNamed((await ledger(stack))[0]?.published ?? {});
  const told = new RegExp(`${now} in ${NAMED} goes, and launch template \\S+ names it`);
  if (now !== image) await forget().then(() => name(now));
  expect(await stack.destroy()).toMatch(told);
  const { ec2 } = world.emulator.clients({ region: NAMED });
  expect((await ec2.send(new DescribeLaunchTemplatesCommand({}))).LaunchTemplates).toHaveLength(1);
  await forget();
  expect(await nothingLeft(world, stack)).toEqual([]);
});
