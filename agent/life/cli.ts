import { resolve } from "node:path";
import { UPLOAD_NAME } from "../../contract/bodies";
import { AWS_CREDENTIALS } from "../job/credentials";
import { grantsOf } from "../job/grants";
import { clean } from "./clean";
import { feed } from "./feed";
import { follow } from "./follow";
import { StepError } from "../job/step-error";
import { JobFolder } from "../job/job-folder";
import type { Machine } from "../machine/machine";
import { runJob } from "./run";
import { start } from "./start";

const USAGE = `usage: agent start DIR                       starts the work of DIR/spec.json, or leaves what runs
       agent follow DIR [--from-offset N]    shows it until it is done; prints the commit record
       agent build DIR                       starts it and shows it: one program to load instead of two
       agent run DIR                         does it here and now
       agent feed DIR                        says "want" when the work needs AWS credentials, reads a line of JSON
       agent feed DIR NAME                   says "want {...}" when it needs a grant for that upload, reads the same
       agent clean DIR                       removes what it left on a machine that stays`;

export interface Streams {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** The next line of standard input; undefined at its end. */
  readonly line: () => Promise<string | undefined>;
  /** Tells when the agent is asked to end (SIGTERM, SIGINT). */
  readonly onStop: (stop: (signal: string) => void) => void;
}

/** @returns exit status: 0 done, 1 failed, 2 no result, 64 called wrongly */
export async function main(
  args: readonly string[],
  machine: Machine,
  { out, err, line, onStop }: Streams,
): Promise<number> {
  const [command, dir, ...rest] = args;
  const upload = command === "feed" && rest.length === 1 && UPLOAD_NAME.test(rest[0] ?? "") ? rest[0] : undefined;
  const offset = rest[0] === "--from-offset" && rest.length === 2 ? Number(rest[1]) : undefined;
  const wrong =
    rest.length > 0 &&
    upload === undefined &&
    (command !== "follow" || offset === undefined || !Number.isSafeInteger(offset) || offset < 0);
  if (dir === undefined || wrong) {
    err(USAGE);
    return 64;
  }
  const folder = new JobFolder(resolve(dir));
  try {
    switch (command) {
      case "start":
        out(await start(machine, folder, err));
        return 0;
      case "build":
        err(await start(machine, folder, err));
        return await follow(machine, folder, { say: err, answer: out });
      case "follow":
        return await follow(machine, folder, {
          say: err,
          answer: out,
          ...(offset !== undefined && { fromOffset: offset }),
        });
      case "run": {
        const stop = new AbortController();
        onStop((signal) => stop.abort(new StepError(`the agent was stopped (${signal})`)));
        return await runJob(machine, folder, stop);
      }
      case "feed": {
        const ask = (wish: object): Promise<string | undefined> => {
          out(upload === undefined ? "want" : `want ${JSON.stringify(wish)}`);
          return line();
        };
        return upload === undefined
          ? await feed(machine, folder, AWS_CREDENTIALS, ask, err)
          : await feed(machine, folder, grantsOf(upload), ask, err);
      }
      case "clean": {
        const left = await clean(machine, folder);
        for (const line of left) err(`left behind: ${line}`);
        return left.length === 0 ? 0 : 1;
      }
      default:
        err(USAGE);
        return 64;
    }
  } catch (error) {
    for (let at: unknown = error; at instanceof Error; at = at.cause) err(folder.clean(at.message));
    return command === "follow" || command === "build" ? 2 : 1;
  }
}
