/** Runs of a stack, cut at a boundary. */
import type { Boundary } from "./boundaries";
import { cutWhen } from "./kill";
import type { Stack } from "./stack";
import type { World } from "./world";

/** Starts a run with a source of its own; the first digits of its key. */
export async function cutAt(world: World, stack: Stack, { name, when }: Boundary): Promise<string> {
  stack.source(name);
  const { cut, text } = await cutWhen(world, stack, stack.pulumi.startUp(), when(world, stack));
  if (!cut) throw new Error(`the run never came to the boundary "${name}":\n${text}`);
  return /-g\d+-([0-9a-f]{8})/.exec(text)?.[1] ?? "none";
}
