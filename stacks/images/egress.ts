/** Whether workers reach what they must, where the settings narrow where they may connect to. */
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { workerChoices } from "../../infra/attempts";
import type { Finding } from "../../infra/platform";
import { workersOf } from "../../infra/specs";
import { ARCHITECTURES, type Arch } from "../../infra/words";
import type { BuildSettings } from "../../model/settings";
import { elsewhere, parseReference, type Sources } from "../../model/source";

/** IPv4 addresses of a host; none where its name has none here. */
export type Resolve = (host: string) => Promise<readonly string[]>;

const reallyResolve: Resolve = async (host) => {
  try {
    return (await lookup(host, { all: true, family: 4 })).map(({ address }) => address);
  } catch {
    // Who asks it says what is wrong with it.
    return [];
  }
};

type Asked = Pick<BuildSettings, "architectures" | "store" | "registries">;

/**
 * A mistake where an address is written; a note where a name has other addresses here, since a worker may have other name
 * servers, and addresses change.
 */
export async function egressFindings(
  { architectures, store, registries }: Asked,
  { identity }: Pick<Sources, "identity">,
  resolve: Resolve = reallyResolve,
): Promise<Finding[]> {
  const narrowed = ARCHITECTURES.flatMap((arch) => narrowedOf(arch, architectures[arch]));
  if (narrowed.length === 0) return [];
  const needed = [storeHost(store), ...registryHosts(identity, registries)];
  // The last that needs a host says why.
  const hosts = new Map(needed.map((one) => [one.host, one]));
  const known = await Promise.all(
    [...hosts.values()].map(async (one) => ({
      ...one,
      addresses: isIP(one.host) ? [one.host] : await resolve(one.host),
    })),
  );
  return narrowed.flatMap(({ arch, path, ranges }) => {
    const allowed = blockList(ranges);
    return known.flatMap(({ host, why, notFor = [], addresses }): Finding[] => {
      if (notFor.includes(arch)) return [];
      const outside = addresses.filter((address) => !allowed.check(address));
      if (outside.length === 0) return [];
      const isName = isIP(host) === 0;
      const shown = isName ? `${host} (here ${outside.join(", ")})` : host;
      const problem = `lets nothing out to ${shown}, ${why}`;
      const remedy = "add the range that it is in, or leave egress out";
      return [{ path, problem, remedy, ...(isName ? { note: true } : {}) }];
    });
  });
}

function narrowedOf(arch: Arch, settings: Asked["architectures"][Arch]) {
  const workers = settings === undefined ? [] : workerChoices(settings);
  return workers.flatMap((worker, index) => {
    const ranges = workersOf(worker).egress(worker);
    const at = workers.length === 1 ? "worker" : `worker[${index}]`;
    return ranges === undefined ? [] : [{ arch, path: `architectures.${arch}.${at}.egress`, ranges }];
  });
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [first = "", bits] = range.split("/");
    list.addSubnet(first, Number(bits));
  }
  return list;
}

interface Needed {
  readonly host: string;
  readonly why: string;
  /** Whose workers need it not. @default all need it */
  readonly notFor?: readonly Arch[];
}

function storeHost({ endpointForWorkers, endpoint, bucket, region }: BuildSettings["store"]): Needed {
  const own = endpointForWorkers ?? endpoint;
  const host = own === undefined ? `${bucket}.s3.${region}.amazonaws.com` : new URL(own).hostname;
  return { host, why: "where disks are sent" };
}

/** Of all that is pulled, from where workers pull it. */
function registryHosts({ source, from, recipe }: Sources["identity"], registries: Asked["registries"]): Needed[] {
  const images = [...Object.keys(from), ...(source.kind === "image" ? [source.reference] : [])];
  const hostOf = (image: string): string => {
    const { registry, repository } = parseReference(image);
    const [place = ""] = elsewhere(`${registry}/${repository}`, registries).split("/");
    return place === "docker.io" ? "registry-1.docker.io" : place.replace(/:\d+$/, "");
  };
  const needed = (image: string): Needed => ({ host: hostOf(image), why: `where ${image} is pulled from` });
  const { builder, packaged = [] } = recipe;
  return [{ ...needed(builder.reference), notFor: packaged }, ...images.map(needed)];
}
