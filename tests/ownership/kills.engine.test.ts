/**
 * Killed at every call that changes something, after its answer and before anything of it is written. Nobody lists the
 * calls: a run is killed at the first call of a kind at which no run was killed before, so a new kind is covered by itself.
 * Calls are of one kind when action and kind of thing are the same (support/http-tap.ts, support/libvirt-tap.ts).
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { innerStacks, nothingLeft, rightBytes } from "./support/check";
import { cutWhen } from "./support/kill";
import { PUBLISHING } from "./support/platforms";
import type { Stack } from "./support/stack";
import { idOf, type Call } from "./support/wire";
import { World } from "./support/world";

/** More kinds of calls than there are: a run that is killed for ever fails the test. */
const MOST = 60;

let world: World;
/** Kinds of calls at which a run was killed: those of the store once, not once a platform. */
const killed: string[] = [];

beforeAll(async () => {
  world = await World.start();
});
afterAll(async () => {
  console.log(`killed at ${killed.length} kinds of calls:\n  ${killed.join("\n  ")}`);
  await world.stop();
});

/** Runs again and again, each run killed at the first call of a new kind, until one ends by itself. */
async function untilDone(stack: Stack, command: "up" | "destroy"): Promise<string[]> {
  for (let runs = 0; runs < MOST; runs++) {
    let at: string | undefined;
    const isNew = (call: Call): boolean => {
      if (at !== undefined || killed.includes(idOf(call))) return false;
      at = idOf(call);
      killed.push(at);
      return true;
    };
    const running = stack.pulumi.start("pulumi", [command, "--yes", "--skip-preview", "--stack", stack.name]);
    const { cut, code, text } = await cutWhen(world, stack, running, {
      call: (call, moment) => moment === "answered" && isNew(call),
    });
    if (!cut) return code === 0 ? [] : [`${command} after it was killed at ${killed.at(-1)} fails:\n${text}`];
  }
  return [`${command} is not done after ${MOST} runs`];
}

describe.each(PUBLISHING)("killed at every call, publishing to $platform", ({ target }) => {
  let stack: Stack;

  it("up ends in the same result as without a kill", async () => {
    stack = world.stack({ publish: [target] });
    await stack.init();
    expect(await untilDone(stack, "up")).toEqual([]);
    expect(await rightBytes(world, stack)).toEqual([]);
    expect(innerStacks(stack)).toEqual([]);
  });

  it("another up changes nothing", async () => {
    world.wire.clear();
    await stack.up();
    expect(world.wire.calls).toEqual([]);
  });

  it("destroy, killed in the same way, leaves nothing", async () => {
    expect(await untilDone(stack, "destroy")).toEqual([]);
    expect(await nothingLeft(world, stack)).toEqual([]);
  });
});
