/** `npm run images`, with pulumi and the files handed in. */
import { messageOf } from "../../contract/message-of";
import { assertNever } from "../../infra/words";
import type { StackOutputs } from "../../model/outputs/schema";
import { readOutputs, type Pulumi } from "../outputs/read";
import { ansibleFile } from "./ansible";
import { onlyChosen } from "./chosen";
import { parseCommand, regenerate, USAGE, UsageError, type Command } from "./command";
import { difference } from "./difference";
import { imagesJson } from "./json";
import { resallocArguments } from "./resalloc";

export interface World {
  readonly pulumi: Pulumi;
  readonly readFile: (file: string) => string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** @returns the exit code: 0, 1 if a file differs, 2 for all that went wrong; as `diff` does */
export function runImages(args: readonly string[], world: World): number {
  try {
    return run(parseCommand(args), world);
  } catch (error) {
    world.err(`${messageOf(error)}\n${error instanceof UsageError ? `${USAGE}\n` : ""}`);
    return 2;
  }
}

function run(command: Command, { pulumi, readFile, out }: World): number {
  const { stack, places, check } = command;
  // A file that is not there is no reason to ask for the outputs.
  const committed = check === undefined ? undefined : readFile(check);
  const text = write(command, onlyChosen(readOutputs(pulumi, stack), places));
  if (check === undefined || committed === undefined) {
    out(text);
    return 0;
  }
  const differs = difference(committed, text);
  if (differs === undefined) return 0;
  out(`${check} is not what stack ${stack} puts out (- is there, + should be):\n${differs}\n`);
  out(`to bring it up to date: ${regenerate(command)} >${check}\n`);
  return 1;
}

function write(command: Command, outputs: StackOutputs): string {
  const { form, stack } = command;
  switch (form) {
    case "ansible":
      return ansibleFile(outputs, command);
    case "json":
      return imagesJson(outputs, stack);
    case "resalloc":
      return resallocArguments(outputs, command);
    default:
      return assertNever(form);
  }
}
