/**
 * Killed at every call that changes something, after its answer and before anything of it is written. Nobody lists the
 * calls: a run is killed at the first call of a kind at which no run was killed before, so a new kind is covered by itself.
 * Calls are of one kind when action and kind of thing are the same (support/http-tap.ts, support/libvirt-tap.ts).
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { innerStacks, nothingLeft, rightBytes } from "./support/check";
import { cutWhen } from "./support/kill";
import { PUBLISHING } from "./support/platforms";
import type { Stack } from "./support/stack";
import { idOf, type Call } from "./support/wire";
import { World } from "./support/world";

/** More kinds of calls than there are: a run that is killed for ever fails the test. */
const MOST_RUNS = 60;
/** A kill that breaks the stack is reported, and the other kinds are tried on another stack. */
const MOST_STACKS = 12;

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
  const before = killed.length;
  for (let runs = 0; runs < MOST_RUNS; runs++) {
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
    if (cut) continue;
    return code === 0 ? [] : [`${command} fails after kills at ${killed.slice(before).join(", ")}: ${errors(text)}`];
  }
  return [`${command} is not done after ${MOST_RUNS} runs`];
}

/** A whole life of one stack; what is wrong after it. */
async function life(stack: Stack): Promise<string[]> {
  const failed = await untilDone(stack, "up");
  if (failed.length > 0) return failed;
  const wrong = [...(await rightBytes(world, stack)), ...innerStacks(stack).map((name) => `left: stack ${name}`)];
  world.wire.clear();
  await stack.up();
  wrong.push(...world.wire.kinds().map((call) => `another up changes something: ${idOf(call)}`));
  const undestroyed = await untilDone(stack, "destroy");
  return [...wrong, ...undestroyed, ...(undestroyed.length > 0 ? [] : await nothingLeft(world, stack))];
}

/** What the engine's summary says: an inner stack's error is of several lines. */
const errors = (text: string): string => text.slice(Math.max(text.indexOf("Diagnostics:"), 0));

it.each(PUBLISHING)(
  "killed at every call, publishing to $platform: the same result, and destroy leaves nothing",
  async ({ target }) => {
    const problems: string[] = [];
    for (let stacks = 0; stacks < MOST_STACKS; stacks++) {
      await world.reset();
      const stack = world.stack({ publish: [target] });
      await stack.init();
      const found = await life(stack);
      problems.push(...found);
      if (found.length === 0) break;
    }
    expect(problems).toEqual([]);
  },
);
