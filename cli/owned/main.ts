/** `npm run owned -- --stack STACK`: what carries the stack's identity, wherever it is, and what of it no state knows of. */
import { messageOf } from "../../contract/message-of";
import { printable } from "../../contract/printable";
import * as path from "node:path";
import { endHold, holdText } from "../../provider/holds";
import { openStore, type ObjectStore } from "../../provider/object-store";
import { run } from "../../provider/process";
import { askByCli } from "../../provider/reader-outputs";
import { pulumiOnPath } from "../outputs/read";
import { parseCommand, USAGE, UsageError } from "./command";
import { buildSettings, gather } from "./gather";
import { inUse } from "./in-use";
import { isImage, judge, missing, STORE, type Judged } from "./judge";
import { ownedJson } from "./json";
import { withUsers } from "./named";
import { listText } from "./show";
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
  const { found, types, unseen } = await gather(settings, stack, identity, openStore);
  const inner = innerStacks(pulumiOnPath, identity);
  const ask = askByCli({ run, env: process.env, now: Date.now });
  const users = () => inUse({ store, stack, identity, readers: settings.promotedBy, ask });
  const use = await users();
  // Read once more: what a run that goes on has made meanwhile is owned before it is made.
  const after = isThere ? readState(pulumiOnPath, stack) : undefined;
  const judged = await withUsers(judge({ found, state: after, innerStacks: inner, used: use.images }));
  const shown = {
    ...{ stack, identity, judged, unseen, now: new Date() },
    ...{ missing: missing(found, isThere ? state : [], types), holds: use.holds, unread: use.unread },
  };
  console.log(command.json ? JSON.stringify(ownedJson(shown), undefined, 2) : printable(listText(shown)));
  const orphans = judged.filter(({ verdict }) => verdict.kind === "orphaned");
  const right = judged.every(({ verdict }) => verdict.kind === "owned" || verdict.kind === "at work");
  if (!command.remove) return right && shown.missing.length + unseen.length + use.unread.length === 0 ? 0 : 1;
  if (!isThere && !command.gone) {
    throw new Error(
      `nothing is deleted: this backend has no stack ${stack} of the identity ${identity}. If it is in another backend, log in ` +
        `there; if it is gone for good, add --gone`,
    );
  }
  // Who wants to take an image looks for its offer: from here on there is none, and who was earlier is seen.
  const [offers, rest] = split(orphans, ({ found: one }) => one.platform === STORE && one.id.startsWith("offers/"));
  if (use.unread.length > 0) return nothing(use.unread);
  const gone = await removeAll(offers);
  const last = await users();
  if (last.unread.length > 0) return nothing(last.unread);
  const asked = await withUsers(
    rest.filter(({ found: one }) => ![...last.images.keys()].some((image) => isImage(one, image))),
  );
  const free = asked.filter(({ verdict }) => verdict.kind === "orphaned");
  const inUseStill = judged.some(({ verdict }) => verdict.kind === "in use") || free.length < rest.length;
  return (await removeAll(free)) && gone && !inUseStill && unseen.length === 0 ? 0 : 1;
}

function split<T>(all: readonly T[], is: (one: T) => boolean): [T[], T[]] {
  return [all.filter(is), all.filter((one) => !is(one))];
}

function nothing(unread: readonly string[]): number {
  console.error(printable(["nothing is deleted:", ...unread.map((why) => `  ${why}`)].join("\n")));
  return 1;
}

async function end(store: ObjectStore, identity: string, reader: string): Promise<number> {
  const ended = await endHold(store, identity, reader);
  for (const hold of ended) console.log(printable(`ended: ${hold.generation}, ${holdText(hold)}`));
  if (ended.length === 0) console.error(`${reader} holds nothing here`);
  return ended.length === 0 ? 1 : 0;
}

/** One after the other, in the order that the platforms list them: what uses others goes before them. */
async function removeAll(orphans: readonly Judged[]): Promise<boolean> {
  let all = true;
  for (const { found } of orphans) {
    const what = printable(`${found.kind} ${found.id} (${found.platform} ${found.where})`);
    try {
      await found.remove();
      console.error(`deleted ${what}`);
    } catch (error) {
      all = false;
      console.error(`can't delete ${what}: ${printable(messageOf(error))}`);
    }
  }
  return all;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(`${printable(messageOf(error))}${error instanceof UsageError ? `\n${USAGE}` : ""}`);
    process.exitCode = 2;
  },
);
