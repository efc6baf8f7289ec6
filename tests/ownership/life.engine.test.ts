/** A stack's whole life, undisturbed, with two architectures: what the other files' cases are held against. */
import { join } from "node:path";
import { DescribeImagesCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, expect, it } from "vitest";
import { innerStacks, ledger, nothingLeft, rightBytes } from "./support/check";
import { EVERYWHERE } from "./support/platforms";
import { startWorker, type WorkerService } from "../../standins/world/worker";
import type { Stack } from "./support/stack";
import { REGIONS, World } from "./support/world";

let world: World;
let stack: Stack;
let arm: WorkerService;

beforeAll(async () => {
  world = await World.start();
  stack = world.stack({ publish: EVERYWHERE });
  arm = await startWorker(join(world.folder, "arm"), { arch: "aarch64" });
  stack.set({ "architectures.aarch64": { worker: arm.settings, publish: ["aws"] } });
  await stack.init();
});
afterAll(async () => {
  await arm.stop();
  await world.stop();
});

it("publishes in every place what the store has, each booted", async () => {
  await stack.up();
  expect(await rightBytes(world, stack)).toEqual([]);
  expect(innerStacks(stack)).toEqual([]);
});

it("has an image of each architecture in each region, and says there which one it is", async () => {
  const [current] = await ledger(stack);
  const names = Object.fromEntries((current?.images ?? []).map(({ arch, name }) => [arch, name]));
  expect(Object.keys(names).sort()).toEqual(["aarch64", "x86_64"]);
  for (const region of REGIONS) {
    const { ec2 } = world.emulator.clients({ region });
    const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ["self"] }));
    const found = Images.map(({ Name, Architecture, BootMode }) => ({ Name, Architecture, BootMode }));
    expect(found).toHaveLength(2);
    expect(found).toContainEqual({ Name: names["aarch64"], Architecture: "arm64", BootMode: "uefi" });
    expect(found).toContainEqual({ Name: names["x86_64"], Architecture: "x86_64", BootMode: "uefi-preferred" });
  }
});

it("a second up changes nothing anywhere", async () => {
  world.wire.clear();
  await stack.up();
  expect(world.wire.calls).toEqual([]);
});

it("destroying leaves nothing", async () => {
  await stack.destroy();
  expect(await nothingLeft(world, stack)).toEqual([]);
  expect(arm.left()).toEqual([]);
});
