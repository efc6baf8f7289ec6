/** The ids as arguments for the scripts that resalloc, the pool manager, starts builders with. */
import { imagesOf } from "../../infra/specs";
import type { StackOutputs } from "../../model/outputs/schema";
import type { LedgerEntry } from "../../model/plan";
import { regenerate, type Command } from "./command";

/**
 * One line for each id: its path in the outputs, a tab, the arguments. For instance
 * `cmd_new: "vm-aws-new $(awk -F'\t' '$1 == "aws.x86_64" {print $2}' FILE)"`.
 */
export function resallocArguments({ generations: [current] }: StackOutputs, command: Command): string {
  const { stack } = command;
  if (current === undefined) throw new Error(`stack "${stack}" has no generation`);
  const lines = imageIds(current).map(({ path, spec, id }) => `${path}\t${imagesOf(spec).argument(id)}`);
  return [`# generation ${current.id} of stack ${stack}; ${regenerate(command)}`, ...lines, ""].join("\n");
}

/** Each id once, hypervisors share theirs; sorted by path. */
function imageIds({ images, published }: LedgerEntry) {
  const byPath = new Map(
    images
      .flatMap((image) => image.places)
      .map(({ id, outputPath, spec }) => {
        const path = outputPath.join(".");
        return [path, { path, spec, id: published[id] ?? "" }];
      }),
  );
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
