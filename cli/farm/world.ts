/** Everything that the farm's stacks meet, on this machine: real services where there are any, else what stands in for them. */
import { mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Arch } from "../../infra/words";
import { startForTests } from "../../standins/aws-emulator/testing/emulator";
import { ibmEnvironment, startIbmCloud } from "../../standins/ibm-cloud/start";
import { startOpenstack } from "../../standins/openstack/start";
import { firstSubnet, makeUploadRole, UPLOAD_ROLE } from "../../standins/world/aws-account";
import { installPlugins } from "../../standins/world/plugins";
import { BUCKET, PROFILE, REGION, startStore, writeHmacKeys } from "../../standins/world/store";
import { startWorker } from "../../standins/world/worker";
import { TOOLS } from "../local/places";
import { startHosts, type HostSpec } from "./hypervisors";
import type { Target } from "./parts";
import { ADDRESS_BLOCKS } from "./places";
import { type FarmWorld } from "./settings";

export interface WorldSpec {
  readonly architectures: readonly Arch[];
  readonly targets: readonly Target[];
  readonly awsRegions: readonly string[];
  readonly hosts: readonly HostSpec[];
  readonly ibm: { readonly bucket: string; readonly location: string; readonly regions: readonly string[] };
}

export interface RunningWorld {
  readonly world: FarmWorld;
  /** What sends pulumi and its plugins there. */
  readonly environment: Readonly<Record<string, string>>;
  /** Hypervisors and regions of IBM Cloud that can be taken off the network, by name. */
  readonly places: ReadonlyMap<string, (down: boolean) => void>;
  readonly stop: () => Promise<void>;
}

/** What one service gives to the whole. */
interface Piece {
  readonly targets?: FarmWorld["targets"];
  readonly environment?: Readonly<Record<string, string>>;
  readonly places?: readonly (readonly [string, (down: boolean) => void])[];
  readonly stop: () => Promise<void>;
}

const VPC = "builders";

/** @param folder empty, its own */
export async function startWorld(folder: string, spec: WorldSpec): Promise<RunningWorld> {
  for (const name of ["tmp", "state", "home"]) mkdirSync(join(folder, name), { recursive: true });
  installPlugins(join(folder, "home"));
  const wanted = (target: Target): boolean => spec.targets.includes(target);
  const store = await startStore(join(folder, "store"));
  const pieces = await Promise.all([
    ...(wanted("aws") ? [aws(spec)] : []),
    ...(wanted("hypervisor") ? [hypervisors(folder, spec)] : []),
    ...(wanted("ibm_cloud") ? [ibm(folder, spec)] : []),
    ...(wanted("osuosl") ? [openstack(folder)] : []),
  ]);
  const workers = await Promise.all(
    spec.architectures.map(
      async (arch) => [arch, await startWorker(join(folder, `worker-${arch}`), { arch })] as const,
    ),
  );
  return {
    world: {
      store: {
        ...{ bucket: BUCKET, region: REGION, endpoint: store.url },
        credentials: { file: store.credentials, profile: PROFILE },
      },
      workers: Object.fromEntries(workers.map(([arch, { settings }]) => [arch, settings])),
      targets: Object.assign({}, ...pieces.map(({ targets }) => targets)) as FarmWorld["targets"],
    },
    environment: {
      ...(Object.assign({}, ...pieces.map(({ environment }) => environment)) as Record<string, string>),
      PATH: [join(TOOLS, "bin"), process.env["PATH"] ?? ""].join(delimiter),
      PULUMI_HOME: join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      // No secret: the farm protects nothing.
      PULUMI_CONFIG_PASSPHRASE: "farm",
      PULUMI_SKIP_UPDATE_CHECK: "1",
      TMPDIR: join(folder, "tmp"),
    },
    places: new Map(pieces.flatMap(({ places = [] }) => places)),
    stop: async () => {
      for (const { stop } of [...pieces, ...workers.map(([, worker]) => worker), store]) await stop();
    },
  };
}

async function aws({ awsRegions }: WorldSpec): Promise<Piece> {
  const emulator = await startForTests({ lightMachines: true, addressBlock: ADDRESS_BLOCKS.aws, pendingReads: 1 });
  await makeUploadRole(emulator);
  const subnets = await Promise.all(
    awsRegions.map(async (region) => [region, [await firstSubnet(emulator, region)]] as const),
  );
  const more = {
    ...{ volumeGib: 1, uploadRole: UPLOAD_ROLE },
    endpointForWorkers: emulator.endpoint,
  };
  return {
    targets: { aws: { subnets: Object.fromEntries(subnets), more } },
    environment: emulator.environment,
    stop: () => emulator.remove(),
  };
}

async function hypervisors(folder: string, { hosts: specs }: WorldSpec): Promise<Piece> {
  const hosts = await startHosts(folder, specs);
  return {
    targets: { hypervisor: { uris: Object.fromEntries(hosts.map(({ name, uri }) => [name, uri])) } },
    places: hosts.map(({ name, set }) => [name, set]),
    stop: async () => {
      for (const { stop } of hosts) await stop();
    },
  };
}

async function ibm(folder: string, { ibm: { bucket, location, regions } }: WorldSpec): Promise<Piece> {
  const own = join(folder, "ibm");
  mkdirSync(own);
  const store = await startStore(join(own, "cos"), { bucket, region: location });
  const cloud = await startIbmCloud({
    cos: { folder: join(store.data, ".."), location },
    machines: { folder: join(own, "machines"), addressBlock: ADDRESS_BLOCKS.ibm },
    ...{ pendingReads: 1, pageSize: 50, regions },
  });
  return {
    targets: { ibm_cloud: { vpc: VPC } },
    environment: {
      ...ibmEnvironment(cloud.world, cloud.url),
      IBMCLOUD_COS_ENDPOINT: store.url,
      COS_CREDENTIALS_FILE: writeHmacKeys(own, store),
      XDG_CACHE_HOME: join(own, "cache"),
    },
    places: regions.map((region) => [
      region,
      (down) => void (down ? cloud.world.unreachable.add(region) : cloud.world.unreachable.delete(region)),
    ]),
    stop: async () => {
      await cloud.stop();
      await store.stop();
    },
  };
}

async function openstack(folder: string): Promise<Piece> {
  const services = await startOpenstack(join(folder, "openstack"), {
    machines: { kind: "light", addressBlock: ADDRESS_BLOCKS.openstack },
  });
  return {
    targets: { osuosl: { cloud: "farm", boot: { flavor: "builder", network: "general" } } },
    environment: { OS_CLIENT_CONFIG_FILE: services.cloudsYaml },
    stop: services.stop,
  };
}
