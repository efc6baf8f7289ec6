/**
 * The settings of the farm's stacks, made from those of devel and prod: the same targets, hosts, regions and names, and of each
 * only that changed which loopback decides. Pure.
 */
import { isRecord } from "../../contract/is-record";
import { ARCHITECTURES, type Arch } from "../../infra/words";

export type Values = Readonly<Record<string, unknown>>;

/** How what runs on this machine is reached. */
export interface FarmWorld {
  readonly store: Values;
  /** `worker` of each architecture that can be built. */
  readonly workers: Readonly<Partial<Record<Arch, Values>>>;
  /** Fields of targets, by target of devel; those that are missing are left out. */
  readonly targets: {
    readonly aws?: { readonly subnets: Readonly<Record<string, readonly string[]>>; readonly more: Values };
    /** URI of each hypervisor, by its name. */
    readonly hypervisor?: { readonly uris: Readonly<Record<string, string>> };
    readonly ibm_cloud?: { readonly vpc: string };
    readonly osuosl?: Values;
  };
}

const PREFIX = "copr-builders:";
/** Nothing is pulled: its digest decides the build's key. Who asks for more finds nobody, and on this machine alone. */
const BUILDER = `127.0.0.1:9/image-builder@sha256:${"fa".repeat(32)}`;

/** @param context folder with the Containerfile @param reader stack that promotes */
export function farmSettings(devel: Values, world: FarmWorld, context: string, reader: string): Values {
  const given = (name: string): Values => record(devel[`${PREFIX}${name}`]);
  const targets = loopbackTargets(given("targets"), world.targets);
  const architectures = Object.fromEntries(
    ARCHITECTURES.flatMap((arch) => {
      const [worker, wanted] = [world.workers[arch], record(given("architectures")[arch])["publish"]];
      const publish = list(wanted).filter((target) => reaches(targets[String(target)], arch));
      return worker === undefined || publish.length === 0 ? [] : [[arch, { worker, publish }]];
    }),
  );
  return prefixed({
    source: { context },
    disk: { ...given("disk"), builder: { image: BUILDER }, needGib: 1 },
    store: world.store,
    architectures,
    targets,
    // A light machine has no mockbuilder and no rpm: what is checked is that it came up from this very disk.
    bootCheck: { ...given("bootCheck"), boots: 1, checks: [] },
    // Its disks boot nothing.
    firstBoot: "off",
    keepGenerations: devel[`${PREFIX}keepGenerations`],
    buildTimeoutMinutes: "20",
    promotedBy: [reader],
  });
}

/** @param targets names of those that the farm has */
export function promotingSettings(prod: Values, from: string, targets: readonly string[]): Values {
  const promote = record(prod[`${PREFIX}promote`]);
  const needs = list(promote["needs"]).filter((target) => targets.includes(String(target)));
  // Nobody waits a week on one machine.
  return prefixed({ promote: { ...promote, from, soakDays: 0, needs } });
}

/** Places of devel that the farm has not, in words; none if it has all. */
export function leftOut(devel: Values, farm: Values): string[] {
  const of = (settings: Values, name: string): Values => record(settings[`${PREFIX}${name}`]);
  const missing = (name: string): string[] => {
    const kept = of(farm, name);
    return Object.keys(of(devel, name)).filter((key) => kept[key] === undefined);
  };
  const [had, have] = [devel, farm].map((settings) => hostNames(record(of(settings, "targets")["hypervisor"])));
  return [
    ...missing("architectures").map((arch) => `architecture ${arch}`),
    ...missing("targets").map((target) => `target ${target}`),
    ...((have?.length ?? 0) === 0 ? [] : (had ?? []).filter((host) => have?.includes(host) !== true)).map(
      (host) => `hypervisor ${host}`,
    ),
  ];
}

function loopbackTargets(given: Values, world: FarmWorld["targets"]): Values {
  const { aws, hypervisor, ibm_cloud: ibm, osuosl } = world;
  const made: Record<string, unknown> = {};
  if (aws && given["aws"] !== undefined) {
    const regions = list(record(given["aws"])["regions"]).map((region) => {
      const { name } = record(region);
      return { ...record(region), subnets: aws.subnets[String(name)] ?? [] };
    });
    made["aws"] = { ...record(given["aws"]), operatorCidr: LOOPBACK, regions, ...aws.more };
  }
  if (hypervisor && given["hypervisor"] !== undefined) {
    const hosts = list(record(given["hypervisor"])["hosts"]).flatMap((host) => {
      const uri = hypervisor.uris[String(record(host)["name"])];
      const boot = { vcpus: 1, memoryMib: 256, network: { mode: "user" } };
      return uri === undefined ? [] : [{ ...record(host), uri, boot }];
    });
    if (hosts.length > 0) made["hypervisor"] = { ...record(given["hypervisor"]), hosts };
  }
  if (ibm && given["ibm_cloud"] !== undefined) {
    const regions = list(record(given["ibm_cloud"])["regions"]).map((region) => {
      const { name, ...more } = record(region);
      const boot = { ...record(more["boot"]), vpc: ibm.vpc, subnet: `${ibm.vpc}-${String(name)}-1` };
      return { name, ...more, boot };
    });
    made["ibm_cloud"] = { ...record(given["ibm_cloud"]), operatorCidr: LOOPBACK, regions };
  }
  if (osuosl && given["osuosl"] !== undefined) made["osuosl"] = { ...record(given["osuosl"]), ...osuosl };
  return made;
}

export const LOOPBACK = "127.0.0.0/8";

/** Does the target take images of this architecture? Hypervisors alone have one. */
function reaches(target: unknown, arch: string): boolean {
  if (target === undefined) return false;
  const { hosts } = record(target);
  return hosts === undefined || list(hosts).some((host) => record(host)["arch"] === arch);
}

function hostNames(target: Values): string[] {
  return list(target["hosts"]).map((host) => String(record(host)["name"]));
}

function prefixed(values: Values): Values {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [`${PREFIX}${name}`, value]));
}

function record(value: unknown): Values {
  return isRecord(value) ? value : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
