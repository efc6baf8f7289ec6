/**
 * `npm run farm [up | destroy | down NAME | back NAME | status | stop]`: the whole farm on this machine. `up`, the default, starts the
 * services that are missing, runs stack farm and then farm-prod, which promotes from it. The services stay until `stop`.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../../contract/message-of";
import { ARCHITECTURES } from "../../infra/words";
import { installed } from "../local/commands";
import { FarmDaemon } from "./daemon";
import { partsFor, TARGETS, type Wish } from "./parts";
import { DOWN, STACKS } from "./places";
import { destroyFarm, upFarm } from "./run";

const USAGE =
  "usage: npm run farm -- [up [--arch ARCH]... [--target TARGET]... | destroy | down NAME | back NAME | status | stop]";

class UsageError extends Error {}

async function main(args: readonly string[]): Promise<number> {
  const list = { type: "string", multiple: true } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { arch: list, target: list },
    allowPositionals: true,
  });
  const [verb = "up", name] = positionals;
  const daemon = new FarmDaemon();
  switch (verb) {
    case "up":
      return up(daemon, {
        ...(values.arch && { architectures: chosen("--arch", values.arch, ARCHITECTURES) }),
        ...(values.target && { targets: chosen("--target", values.target, TARGETS) }),
      });
    case "destroy":
      return destroyFarm(daemon.world(), console.log);
    case "down":
    case "back":
      return setDown(daemon, verb === "down", name);
    case "status":
      console.log(
        daemon.running()
          ? `the farm runs; places that can be down: ${daemon.world().places.join(", ")}`
          : "the farm does not run",
      );
      return 0;
    case "stop":
      await daemon.stop();
      console.log("the farm is gone, with all that it had");
      return 0;
    default:
      throw new UsageError(`there is no "${verb}"`);
  }
}

async function up(daemon: FarmDaemon, wish: Wish): Promise<number> {
  if (daemon.running() === undefined) {
    const machine = { memoryMib: totalmem() / (1 << 20), has: (command: string) => installed(command) !== undefined };
    await daemon.start(partsFor(ARCHITECTURES, wish, machine), console.log);
  } else if (Object.keys(wish).length > 0) {
    throw new UsageError("the farm runs; --arch and --target are for its start: say `npm run farm -- stop` before");
  }
  return upFarm(daemon.world(), console.log);
}

function setDown(daemon: FarmDaemon, down: boolean, name = ""): number {
  const { places } = daemon.world();
  if (!places.includes(name)) throw new UsageError(`"${name}" is none of ${places.join(", ")}`);
  mkdirSync(DOWN, { recursive: true });
  if (down) writeFileSync(join(DOWN, name), "");
  else rmSync(join(DOWN, name), { force: true });
  console.log(
    `${name} is ${down ? "off the network" : "back"}; \`npm run farm\` shows what becomes of stack ${STACKS.builds}`,
  );
  return 0;
}

function chosen<T extends string>(option: string, given: readonly string[], known: readonly T[]): T[] {
  const names = given.flatMap((one) => one.split(","));
  const wrong = names.filter((one) => !known.some((it) => it === one));
  if (wrong.length > 0) throw new UsageError(`${option} ${wrong.join(",")}: there is ${known.join(", ")}`);
  return known.filter((one) => names.includes(one));
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(`${messageOf(error)}${error instanceof UsageError ? `\n${USAGE}` : ""}`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  },
);
