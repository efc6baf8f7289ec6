/** `npm run owned -- --stack STACK`: what carries the stack's identity, wherever it is, and what of it no state knows of. */
import * as path from "node:path";
import { endHold, holdText, listHolds } from "../../provider/holds";
import { openStore, type ObjectStore } from "../../provider/object-store";
import { messageOf, pulumiOnPath } from "../outputs/read";
import { parseCommand, USAGE, UsageError } from "./command";
import { buildSettings, gather } from "./gather";
import { judge, missing, type Judged } from "./judge";
import { listJson, listText } from "./show";
import { identityOf, innerStacks, readState } from "./state";

const PROJECT = path.join(__dirname, "..", "..");

/** @returns the exit code: 0 nothing orphaned or missing, 1 something is, or is left, 2 not called rightly or not answered */
async function main(args: readonly string[]): Promise<number> {
  const command = parseCommand(args);
  const { stack } = command;
  const state = readState(pulumiOnPath, stack);
  const identity = command.identity ?? identityOf(state ?? []);
  if (identity === undefined) {
    throw new Error(
      state === undefined
        ? `there is no stack ${stack}; for one that was removed, give --identity: tags, folders and names carry it`
        : `${stack} has no identity yet; its next "pulumi up" makes one`,
    );
  }
  // Another identity than the stack's own is that of a stack that is not there.
  const isThere = state !== undefined && identityOf(state) === identity;
  const settings = buildSettings(pulumiOnPath, stack, PROJECT, state !== undefined);
  const store = openStore(settings.store);
  if (command.endHold !== undefined) return end(store, identity, command.endHold);
  const { found, unseen } = await gather(settings, stack, identity, openStore);
  const inner = innerStacks(pulumiOnPath, identity);
  // Read once more: what a run that goes on has made meanwhile is owned before it is made.
  const judged = judge({ found, state: isThere ? readState(pulumiOnPath, stack) : undefined, innerStacks: inner });
  const holds = (await listHolds(store, identity)).map((hold) => `${hold.generation} by ${holdText(hold)}`);
  const shown = {
    stack,
    identity,
    judged,
    missing: missing(found, isThere ? state : []),
    holds,
    unseen,
    now: new Date(),
  };
  console.log(command.json ? listJson(shown) : listText(shown));
  const orphans = judged.filter(({ verdict }) => verdict.kind === "orphaned");
  if (command.remove) return (await removeAll(orphans)) && unseen.length === 0 ? 0 : 1;
  return orphans.length + shown.missing.length + unseen.length === 0 ? 0 : 1;
}

async function end(store: ObjectStore, identity: string, reader: string): Promise<number> {
  const ended = await endHold(store, identity, reader);
  for (const hold of ended) console.log(`ended: ${hold.generation}, ${holdText(hold)}`);
  if (ended.length === 0) console.error(`${reader} holds nothing here`);
  return ended.length === 0 ? 1 : 0;
}

/** One after the other, in the order that the platforms list them: what uses others goes before them. */
async function removeAll(orphans: readonly Judged[]): Promise<boolean> {
  let all = true;
  for (const { found } of orphans) {
    const what = `${found.kind} ${found.id} (${found.platform} ${found.where})`;
    try {
      await found.remove();
      console.error(`deleted ${what}`);
    } catch (error) {
      all = false;
      console.error(`can't delete ${what}: ${messageOf(error)}`);
    }
  }
  return all;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(`${messageOf(error)}${error instanceof UsageError ? `\n${USAGE}` : ""}`);
    process.exitCode = 2;
  },
);
