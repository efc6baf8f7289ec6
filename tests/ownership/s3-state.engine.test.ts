/** The state in a bucket, where teams have it: inner stacks live there too, and a run that was killed is taken up again. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { BOUNDARIES } from "./support/boundaries";
import { innerStacks, nothingLeft, rightBytes } from "./support/check";
import { cutAt } from "./support/cut";
import { REGION } from "../../standins/world/store";
import type { Stack } from "./support/stack";
import { World } from "./support/world";

const STATE = "state";

let world: World;
let stack: Stack;

beforeAll(async () => {
  world = await World.start();
  const { url, keys, data } = world.store;
  // Buckets are folders of this server: what the engine writes by S3 is read here as files.
  const backend = join(dirname(data), STATE);
  mkdirSync(backend);
  stack = world.stack({ publish: ["hypervisor"], backend });
  const { host } = new URL(url);
  const query = new URLSearchParams({ endpoint: host, region: REGION, disableSSL: "true", s3ForcePathStyle: "true" });
  Object.assign(stack.pulumi.environment, {
    PULUMI_BACKEND_URL: `s3://${STATE}?${query.toString()}`,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_ENDPOINT_URL: undefined,
  });
  await stack.init();
});
afterAll(() => world.stop());

it("a run that was killed while its worker's stack stood is taken up by the next", async () => {
  const [boundary] = BOUNDARIES.filter(({ name }) => name === "the worker's stack is made");
  if (boundary === undefined) throw new Error("there is no such boundary");
  await cutAt(world, stack, boundary);
  expect(innerStacks(stack)).not.toEqual([]);
  await stack.up();
  expect(await rightBytes(world, stack)).toEqual([]);
  expect(innerStacks(stack)).toEqual([]);
  // It is there and nowhere else.
  expect(existsSync(join(stack.folder, ".local", "state", ".pulumi"))).toBe(false);
});

it("destroying leaves nothing but the empty stack", async () => {
  await stack.destroy();
  expect(await nothingLeft(world, stack)).toEqual([]);
});
