/** An AMI that something else in the account names stays, with its whole generation, until nothing names it any more. */
import { CreateLaunchTemplateCommand, DeleteLaunchTemplateCommand } from "@aws-sdk/client-ec2";
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

/** A launch template of somebody's. @returns the end of its ARN */
async function name(ImageId: string | undefined, region: string = NAMED): Promise<string> {
  const { ec2 } = world.emulator.clients({ region });
  const input = { LaunchTemplateName: theirs, LaunchTemplateData: { ImageId } };
  const { LaunchTemplate } = await ec2.send(new CreateLaunchTemplateCommand(input));
  return `launch-template/${LaunchTemplate?.LaunchTemplateId}`;
}

async function forget(): Promise<void> {
  const { ec2 } = world.emulator.clients({ region: NAMED });
  await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName: theirs }));
}

const imageIn = (published: Readonly<Record<string, string>>, region: string = NAMED) =>
  Object.entries(published).find(([place]) => place.includes(region))?.[1];
const generations = async () => (await ledger(stack)).map(({ id }) => id);
const there = async (published: Readonly<Record<string, string>>) =>
  (await Promise.all(Object.values(published).map((id) => imageDigest(world, id)))).map((digest) => digest !== "gone");

it("a generation that a launch template names is kept by the run that would drop it, in every region, and both are named", async () => {
  const template = await name(imageIn(first));
  const told = new RegExp(
    `g1 is kept: launch template \\S+${template} names ${imageIn(first)} \\(aws/${NAMED}/x86_64\\)`,
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

it('"owned --delete" leaves what the state has lost as long as a template names it', async () => {
  const published = (await ledger(stack))[0]?.published ?? {};
  const image = imageIn(published);
  const template = await name(image);
  await forgetImages(stack, NAMED);
  const kept = await owned(stack, "--delete");
  expect(kept.code, kept.text).toBe(1);
  expect(kept.text).toMatch(
    new RegExp(`AMI ${image} .*no state knows of it, named by launch template \\S+${template}`),
  );
  expect(kept.text).not.toMatch(/deleted (AMI|snapshot)|can't delete/);
  expect(await there(published)).toEqual([true, true]);
  await forget();
  const { code, text } = await owned(stack, "--delete");
  expect(code, text).toBe(0);
  expect(await imageDigest(world, image ?? "none")).toBe("gone");
});

it("destroy takes away what a template names, and says so", async () => {
  const image = imageIn((await ledger(stack))[0]?.published ?? {}, REGIONS[0]);
  const template = await name(image, REGIONS[0]);
  const told = new RegExp(`${image} in ${REGIONS[0]} goes, and launch template \\S+${template} names it`);
  expect(await stack.destroy()).toMatch(told);
  expect(await nothingLeft(world, stack)).toEqual([]);
});
