/** Everything that IBM Cloud lacks for these settings, found before anything starts: by reading alone. */
import { messageOf } from "../../contract/message-of";
import type { Finding, PlatformUse } from "../platform";
import { missingPrograms } from "./provider/programs";
import { openClients, type IbmClients, type OpenClients } from "./provider/clients";
import { bucketFindings } from "./preflight-bucket";
import { regionFindings } from "./preflight-region";
import { endOf } from "./arch";
import { targetPath, type Use } from "./finding";
import type { IbmPlace, IbmWorker } from "./settings";

export interface PreflightOptions {
  readonly open?: OpenClients;
  readonly now?: Date;
  /** PATH of this machine. @default as it is */
  readonly path?: string | undefined;
}

export async function ibmPreflight(
  use: PlatformUse<IbmWorker, IbmPlace>,
  { open = openClients, now = new Date(), path }: PreflightOptions = {},
): Promise<Finding[]> {
  const { workers, places } = use;
  const [first] = [...workers, ...places];
  if (first === undefined) return [];
  const alone = [...ends(use, now), ...programFindings(places, path)];
  let clients: IbmClients;
  try {
    clients = open();
    await clients.account.id();
  } catch (error) {
    const remedy = "give the API key of a service ID of the account in IBMCLOUD_API_KEY";
    return [...alone, { path: first.path, problem: messageOf(error), remedy }];
  }
  const asked = await Promise.all([
    ...regions(use).map((region) => regionFindings(region, use, clients)),
    groupFindings(use, clients),
    bucketFindings(use, clients),
  ]);
  return distinct([...alone, ...asked.flat()]);
}

/** `account 0a1b...`; undefined where nobody is asked or nobody answers. */
export async function ibmIdentity(
  { workers, places }: PlatformUse<IbmWorker, IbmPlace>,
  open: OpenClients = openClients,
): Promise<string | undefined> {
  if (workers.length + places.length === 0) return undefined;
  try {
    return `account ${await open().account.id()}`;
  } catch {
    // The preflight says why.
    return undefined;
  }
}

function regions({ workers, places }: Use): string[] {
  return [...new Set([...workers, ...places].map(({ spec }) => spec.region))];
}

async function groupFindings({ workers, places }: Use, { account }: IbmClients): Promise<Finding[]> {
  const asked = [...workers, ...places].map(async ({ path, spec }): Promise<Finding[]> => {
    try {
      await account.resourceGroup(spec.resourceGroup);
      return [];
    } catch (error) {
      const remedy = "name one that this API key sees";
      return [{ path: `${targetPath(path)}.resourceGroup`, problem: messageOf(error), remedy }];
    }
  });
  return (await Promise.all(asked)).flat();
}

function ends({ workers, places }: Use, now: Date): Finding[] {
  return [...workers, ...places].flatMap(({ arch, path }): Finding[] => {
    const end = endOf(arch);
    if (end === undefined) return [];
    const isOver = now.getTime() >= Date.parse(end.day);
    const { what: problem, remedy } = end;
    return [{ path: targetPath(path), problem, remedy, ...(isOver ? {} : { note: true as const }) }];
  });
}

/** What makes the object that images are imported from, where no worker sends it. */
function programFindings(places: Use["places"], path: string | undefined): Finding[] {
  // A target that can't do without them says more than one that can.
  const first = places.find(({ spec }) => spec.diskFrom === "store") ?? places[0];
  if (first === undefined) return [];
  const isSpare = first.spec.diskFrom !== "store";
  const spare = isSpare ? "; only what a worker can't send needs it" : "";
  return missingPrograms(path).map((program) => ({
    path: targetPath(first.path),
    problem: `this machine has no ${program}, which makes the disk that images are imported from${spare}`,
    remedy: "install it",
    ...(isSpare ? { note: true as const } : {}),
  }));
}

function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [`${one.path} ${one.problem}`, one])).values()];
}
