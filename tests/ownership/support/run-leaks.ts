/** Texts that a run must leave nowhere: looked for while it runs, and in what it has printed. */
import { join } from "node:path";
import { expect } from "vitest";
import { watchForLeaks, type LeakWatch } from "./leak-watch";
import type { Stack } from "./stack";
import type { World } from "./world";

/** By what they are. */
export type Planted = Readonly<Record<string, string>>;

/** Everything that a run writes, but what the worker has in its memory for the job. */
export function watchRun({ folder }: World, stack: Stack, planted: Planted): LeakWatch {
  const onWorker = ["tmp", "lib", "containers", "podman"].map((name) => join(folder, "worker", name));
  return watchForLeaks(
    [stack.folder, stack.backend, join(folder, "tmp"), join(folder, "store", "data"), ...onWorker],
    planted,
  );
}

/** Runs that and looks everywhere meanwhile and afterwards, and at what it has printed. */
export async function leaksOfRun(
  world: World,
  stack: Stack,
  planted: Planted,
  work: () => Promise<string>,
): Promise<readonly string[]> {
  const watching = watchRun(world, stack, planted);
  const text = await work().finally(() => watching.stop());
  expect(watching.seen(({ name }) => name.endsWith(".json"))).toBeGreaterThan(0);
  const printed = Object.entries(planted).filter(([, value]) => text.includes(value));
  return [...watching.leaks(), ...printed.map(([what]) => `what was printed has ${what}`)];
}
