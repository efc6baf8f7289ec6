/** Whether a pool can take an image, and as many as are kept: found before anything is built for it. */
import { messageOf } from "../../contract/message-of";
import type { Finding } from "../platform";
import type { Arch } from "../words";
import { askVirsh, type Run } from "./api";

export interface ImagePool {
  /** Of the pool in the settings. */
  readonly path: string;
  readonly uri: string;
  readonly pool: string;
  readonly arch: Arch;
}

/** Those that are folders: a hypervisor writes its image as a file, and gives it its name once it is whole. */
const FOLDERS = ["dir", "fs", "netfs"];

interface Seen {
  readonly findings: readonly Finding[];
  /** `HOST:FOLDER` of a pool on the network. */
  readonly shared?: string;
}

/** @param kept generations that stay. @default not looked at */
export async function imagePoolFindings(
  pools: readonly ImagePool[],
  kept: number | undefined,
  run: Run,
): Promise<Finding[]> {
  const seen = await Promise.all(pools.map(async (pool) => ({ pool, ...(await look(pool, kept, run)) })));
  const first = new Map<string, string>();
  const twice = seen.flatMap(({ pool: { path, pool }, shared }): Finding[] => {
    if (shared === undefined) return [];
    const other = first.get(shared);
    first.set(shared, other ?? path);
    if (other === undefined) return [];
    return [
      {
        path,
        problem: `storage pool "${pool}" is the folder ${shared}, which ${other} is too: each would make and delete the same volume`,
        remedy:
          "leave this host out: the volume that the other one makes is in both pools (virsh pool-refresh shows it)",
      },
    ];
  });
  return [...seen.flatMap(({ findings }) => findings), ...twice];
}

async function look(image: ImagePool, kept: number | undefined, run: Run): Promise<Seen> {
  const { path, uri, pool } = image;
  try {
    const xml = await askVirsh(uri, ["pool-dumpxml", pool], run);
    const type = /<pool type=['"]([^'"]+)['"]/.exec(xml)?.[1] ?? "";
    if (!FOLDERS.includes(type)) {
      const problem = `storage pool "${pool}" is of type "${type}", which has no folder to write an image into`;
      const remedy = `name a pool of type dir, fs or netfs: "virsh -c '${uri}' pool-define-as NAME dir --target FOLDER"`;
      return { findings: [{ path, problem, remedy }] };
    }
    return {
      findings: await roomFindings(image, available(xml), kept, run),
      ...(type === "netfs" && sourceOf(xml)),
    };
  } catch (error) {
    const remedy = `define and start the pool, or name one of "virsh -c '${uri}' pool-list"`;
    return { findings: [{ path, problem: messageOf(error), remedy }] };
  }
}

function sourceOf(xml: string): Pick<Seen, "shared"> {
  const source = /<source>([^]*?)<\/source>/.exec(xml)?.[1] ?? "";
  const host = /<host name=['"]([^'"]+)['"]/.exec(source)?.[1];
  const folder = /<dir path=['"]([^'"]+)['"]/.exec(source)?.[1];
  return host === undefined || folder === undefined ? {} : { shared: `${host}:${folder}` };
}

function available(xml: string): number | undefined {
  const bytes = /<available unit=['"]bytes['"]>(\d+)</.exec(xml)?.[1];
  return bytes === undefined ? undefined : Number(bytes);
}

/** How large the next one is, nobody knows before it is built: as the newest that is there. */
async function roomFindings(
  { path, uri, pool, arch }: ImagePool,
  free: number | undefined,
  kept: number | undefined,
  run: Run,
): Promise<Finding[]> {
  if (free === undefined || kept === undefined) return [];
  const images = imagesIn(await askVirsh(uri, ["vol-list", pool], run), arch);
  const newest = images.at(-1);
  if (newest === undefined) return [];
  const info = await askVirsh(uri, ["vol-info", "--bytes", "--pool", pool, newest], run);
  const bytes = Number(/^Allocation:\s*(\d+)/m.exec(info)?.[1] ?? 0);
  // The oldest goes once the new one is there.
  const wanted = Math.max(1, kept + 1 - images.length);
  if (bytes === 0 || free >= wanted * bytes) return [];
  const alone = free < bytes;
  return [
    {
      path,
      problem:
        `storage pool "${pool}" has ${gb(free)} free; an image takes ${gb(bytes)}, as ${newest} does` +
        (alone ? "" : `, and ${wanted} more are made before one goes (keepGenerations: ${kept})`),
      remedy: `make room there, or lower keepGenerations: "virsh -c '${uri}' vol-list --details ${pool}" shows what takes it`,
      ...(alone ? {} : { note: true }),
    },
  ];
}

/** Names of volumes, the oldest generation first. */
function imagesIn(list: string, arch: Arch): string[] {
  const generation = (name: string): number => Number(/-g(\d+)-/.exec(name)?.[1]);
  const name = new RegExp(`^copr-builder-${arch}-g\\d+-[0-9a-f]{8}$`);
  const names = list.split("\n").map((line) => line.trim().split(/\s+/)[0] ?? "");
  return names.filter((one) => name.test(one)).sort((a, b) => generation(a) - generation(b));
}

function gb(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
