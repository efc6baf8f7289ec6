/** Everything that carries an identity, on every platform that the settings use and in the store. */
import { messageOf } from "../../contract/message-of";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { STORE_FOLDERS } from "../../provider/store-folders";
import { platformUses } from "../../components/preflight";
import { decodeSettings, fileConfig, readSettings, type BuildSettings } from "../../model/settings";
import { parts } from "../../infra";
import type { OpenStore } from "../../provider/object-store";
import { readRawSettings, type Pulumi } from "../outputs/read";
import { STORE, type Found } from "./judge";

/** @throws SettingsError, or an Error where the stack promotes: what it has is a hold on another stack's images */
export function buildSettings(pulumi: Pulumi, stack: string, project: string, isThere: boolean): BuildSettings {
  // Of a stack that is gone: what was secret in them can't be read any more.
  const source = isThere
    ? readRawSettings(pulumi, stack)
    : decodeSettings(fileConfig(readFileSync(path.join(project, `Pulumi.${stack}.yaml`), "utf8")));
  // That a pause has passed is for the next run to say: what there is can be asked all the same.
  const settings = readSettings({ source, now: new Date(0) });
  if (settings.mode === "build") return settings;
  throw new Error(`${stack} promotes: it makes nothing of its own; ask of ${settings.promote.from} instead`);
}

export interface Gathered {
  readonly found: readonly Found[];
  /** Types of resources that would be found if they were there: not those of a platform that was not looked at. */
  readonly types: readonly string[];
  /** What could not be looked at, and why. */
  readonly unseen: readonly string[];
}

export async function gather(
  settings: BuildSettings,
  stack: string,
  identity: string,
  openStore: OpenStore,
): Promise<Gathered> {
  const answered = [...platformUses(settings, stack)].map(async ([name, use]) => {
    const asked = await parts(name);
    const things = (await asked.owned?.(use, identity)) ?? [];
    return {
      types: asked.ownedTypes ?? [],
      found: things.map((thing): Found => ({ ...thing, platform: name, remove: () => thing.remove() })),
    };
  });
  const stored = objects(settings, identity, openStore).then((found) => ({ types: [], found }));
  const answers = await Promise.allSettled([...answered, stored]);
  const seen = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  return {
    found: seen.flatMap(({ found }) => found),
    types: seen.flatMap(({ types }) => types),
    unseen: answers.flatMap((answer) => (answer.status === "rejected" ? [messageOf(answer.reason)] : [])),
  };
}

/** What others have put there: it is theirs to take away, or a person's by name. */
const OF_OTHERS: readonly string[] = ["holds"];

/** Folders carry the whole identity: nobody else's objects are in them. */
async function objects({ store }: BuildSettings, identity: string, openStore: OpenStore): Promise<Found[]> {
  const opened = openStore(store);
  const own = STORE_FOLDERS.filter((folder) => !OF_OTHERS.includes(folder));
  const lists = await Promise.all(own.map((folder) => opened.list(`${folder}/${identity}/`)));
  return lists.flat().map(({ object, sizeBytes, modifiedAt }) => ({
    platform: STORE,
    kind: "object",
    ...{ id: object, name: object, where: store.bucket, bytes: sizeBytes },
    owners: ownersOf(object, identity),
    since: modifiedAt.toISOString(),
    remove: () => opened.delete(object),
  }));
}

/** Leases are inner stacks'. */
function ownersOf(object: string, identity: string): Found["owners"] {
  switch (object.split("/")[0]) {
    case "stacks":
      return { "builders:index:StackIdentity": identity };
    case "offers":
      return { "builders:index:ImageGuard": object };
    case "signatures":
      return { "builders:index:RecordSignature": object };
    case "leases":
      return {};
    default:
      return { "builders:index:Artifact": object };
  }
}
