/** The scripts that run on a hypervisor: put together here, sent on standard input, their answers read back. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../shell";

export type Task =
  | { readonly kind: "inspect" | "delete" }
  | {
      readonly kind: "pull";
      /** Secret. */
      readonly url: string;
      readonly sizeBytes: number;
      readonly dataBytes: number;
      readonly sha256: string;
    };

export interface Place {
  readonly virshUri: string;
  readonly pool: string;
  readonly name: string;
}

export type Answer =
  | { readonly kind: "progress"; readonly bytes: number }
  | { readonly kind: "status"; readonly text: string }
  | { readonly kind: "volume"; readonly capacity: number; readonly allocation: number }
  | { readonly kind: "gone" };

export function script(place: Place, task: Task): string {
  const values = {
    uri: place.virshUri,
    pool: place.pool,
    name: place.name,
    ...(task.kind === "pull"
      ? {
          size_bytes: String(task.sizeBytes),
          data_bytes: String(task.dataBytes),
          sha256: task.sha256,
          // Goes to curl on its standard input: arguments can be read by everybody on that machine.
          curl_config: `url = "${task.url.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`,
        }
      : {}),
  };
  const assignments = Object.entries(values).map(([name, value]) => `${name}=${quote(value)}`);
  // In braces, so that the shell has read all of it before anything in it starts.
  return ["{", ...assignments, part("common.sh"), part(`${task.kind}.sh`), "exit 0; }", ""].join("\n");
}

/** Reads one line of a script's output; undefined for anything that is no answer. */
export function parseAnswer(line: string): Answer | undefined {
  const [, word, rest = ""] = /^builders (\S+) ?(.*)$/.exec(line) ?? [];
  switch (word) {
    case undefined:
      return undefined;
    case "progress":
      return { kind: "progress", bytes: number(rest, line) };
    case "status":
      return { kind: "status", text: rest };
    case "volume": {
      const [capacity, allocation] = rest.split(" ");
      return { kind: "volume", capacity: number(capacity, line), allocation: number(allocation, line) };
    }
    case "gone":
      return { kind: "gone" };
    default:
      throw new Error(`the hypervisor's script answered "${line}": nothing that is known here`);
  }
}

function part(file: string): string {
  return readFileSync(join(__dirname, file), "utf8");
}

function number(text: string | undefined, line: string): number {
  if (text === undefined || !/^\d+$/.test(text))
    throw new Error(`the hypervisor's script answered "${line}": no number`);
  return Number(text);
}
