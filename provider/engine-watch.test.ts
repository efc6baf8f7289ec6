import { createServer } from "node:net";
import { expect, test } from "vitest";
import { tcpReachable, watchEngine } from "./engine-watch";

interface World {
  parent: number;
  reachable: boolean;
}

function watch(world: World): { gone: () => number; end: () => void } {
  let count = 0;
  const end = watchEngine({
    address: "127.0.0.1:1",
    parent: () => world.parent,
    reachable: () => Promise.resolve(world.reachable),
    onGone: () => (count += 1),
    everyMs: 5,
  });
  return { gone: () => count, end };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("an engine that is killed is noticed once", async () => {
  const world = { parent: 10, reachable: true };
  const { gone } = watch(world);
  await wait(40);
  expect(gone()).toBe(0);
  Object.assign(world, { parent: 1, reachable: false });
  await wait(60);
  expect(gone()).toBe(1);
});

test("another parent alone is no death: a shell in between may end", async () => {
  const world = { parent: 10, reachable: true };
  const { gone, end } = watch(world);
  world.parent = 1;
  await wait(60);
  expect(gone()).toBe(0);
  end();
});

test("one missed answer with the same parent is no death, five are", async () => {
  const world = { parent: 10, reachable: true };
  const { gone } = watch(world);
  world.reachable = false;
  await wait(8);
  world.reachable = true;
  await wait(40);
  expect(gone()).toBe(0);
  world.reachable = false;
  await wait(120);
  expect(gone()).toBe(1);
});

test("reachable means that something listens", async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
  );
  expect(await tcpReachable(`127.0.0.1:${String(port)}`)).toBe(true);
  await new Promise((resolve) => server.close(resolve));
  expect(await tcpReachable(`127.0.0.1:${String(port)}`)).toBe(false);
});
