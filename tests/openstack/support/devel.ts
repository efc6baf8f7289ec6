/**
 * A stack with the targets `ibm_cloud` and `osuosl` as `Pulumi.devel.yaml` has them, to the letter: what they name is there, in the
 * stand-in of IBM Cloud and in a real OpenStack. Workers and the store are this machine's; nothing else is another than devel's.
 */
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join, relative } from "node:path";
import { parse } from "yaml";
import { REPOSITORY, TOOLS } from "../../../cli/local/places";
import { parseCommitRecord } from "../../../contract/schemas/commit-record";
import type { CommitRecord } from "../../../contract/commit-record";
import { openCloud } from "../../../infra/openstack/provider/cloud/cloud";
import { ofUser } from "../../../infra/openstack/provider/cloud/credentials";
import { glanceOf, type GlanceImage } from "../../../infra/openstack/provider/cloud/glance";
import type { LocalOpenstack } from "../../../standins/openstack/start";
import { installPlugins } from "../../../standins/world/plugins";
import { BUCKET, PROFILE, REGION, startStore } from "../../../standins/world/store";
import { startWorker } from "../../../standins/world/worker";
import { openstackCall, startHttpTap, storeCall } from "../../ownership/support/http-tap";
import { startIbm, type IbmService } from "../../ownership/support/ibm";
import { buildSettings, changeSettings, isRecord, type Values } from "../../ownership/support/settings";
import { Stack } from "../../ownership/support/stack";
import { Wire } from "../../ownership/support/wire";

/** What devel publishes there, by architecture. */
const BUILDS = { s390x: ["ibm_cloud"], ppc64le: ["osuosl"] } as const;

export interface Blocks {
  /** N of 127.N.x.y, at which IBM Cloud's and OpenStack's instances are. */
  readonly ibm: number;
  readonly openstack: number;
}

export interface Devel {
  readonly stack: Stack;
  readonly wire: Wire;
  readonly ibm: IbmService;
  /** What the agents committed. */
  records(): readonly CommitRecord[];
  /** sha256 of the only object of Cloud Object Storage, and of the raw disk in it. */
  objectDigest(): { readonly disk: string; readonly file: string };
  images(): Promise<readonly GlanceImage[]>;
  /** Names of the user's application credentials. */
  credentials(): Promise<readonly string[]>;
  /** Of the bytes as Glance keeps them. */
  glanceDigest(id: string, algorithm: string): string;
  /** All that there is of it anywhere, each thing as a line. */
  things(): Promise<string[]>;
  stop(): Promise<void>;
}

/** @param folder its own @param services with light machines in `blocks.openstack` */
export async function startDevel(folder: string, services: LocalOpenstack, blocks: Blocks): Promise<Devel> {
  mkdirSync(join(folder, "tmp"), { recursive: true });
  installPlugins(join(folder, "home"));
  const wire = new Wire();
  const [store, ibm, s390x, ppc64le] = await Promise.all([
    startStore(join(folder, "store")),
    startIbm(join(folder, "ibm"), wire, blocks.ibm),
    startWorker(join(folder, "s390x"), { arch: "s390x" }),
    startWorker(join(folder, "ppc64le"), { arch: "ppc64le" }),
  ]);
  for (const region of ibm.cloud.world.regions)
    ibm.cloud.world.addVpc(region, `copr-${region}`, (zone) => `copr-${zone}`);
  await addDevelsOwn(blocks.openstack);
  const storeTap = await startHttpTap(store.url, wire, storeCall);
  const osuosl = await tappedCloud(folder, services, wire);
  const workers = { s390x, ppc64le };
  const settings = buildSettings({
    worker: s390x.settings,
    store: {
      ...{ bucket: BUCKET, region: REGION, endpoint: storeTap.url },
      credentials: { file: store.credentials, profile: PROFILE },
    },
    targets: develsTargets(),
    publish: [],
  });
  changeSettings(settings, {
    // As devel has it: Nova's services are slow on a machine that is busy.
    "bootCheck.timeoutMinutes": 20,
    architectures: {
      s390x: { worker: s390x.settings, publish: BUILDS.s390x },
      ppc64le: { worker: ppc64le.settings, publish: BUILDS.ppc64le },
    },
  });
  const stack = Stack.make({
    ...{ under: folder, name: "devel", settings },
    environment: {
      ...process.env,
      ...ibm.environment,
      OS_CLIENT_CONFIG_FILE: osuosl.cloudsYaml,
      PATH: [join(TOOLS, "bin"), process.env["PATH"] ?? ""].join(delimiter),
      PULUMI_HOME: join(folder, "home"),
      PULUMI_CONFIG_PASSPHRASE: "devel",
      PULUMI_OPTION_SUPPRESS_OUTPUTS: "true",
      PULUMI_SKIP_UPDATE_CHECK: "1",
      TMPDIR: join(folder, "tmp"),
    },
  });
  const farm = openCloud({ cloud: "farm" });
  const glance = glanceOf(farm);
  return {
    ...{ stack, wire, ibm },
    records: () =>
      filesIn(store.data)
        .filter((file) => file.startsWith("builds/"))
        .map((file) => parseCommitRecord(JSON.parse(readFileSync(join(store.data, file), "utf8")))),
    objectDigest: () => {
      const objects = filesIn(ibm.data).filter((file) => file.endsWith(".qcow2"));
      const [object = ""] = objects;
      if (objects.length !== 1) throw new Error(`one object was expected, not ${objects.join(", ") || "none"}`);
      const raw = join(folder, "object.raw");
      const file = join(ibm.data, object);
      execFileSync("qemu-img", ["convert", "-f", "qcow2", "-O", "raw", file, raw]);
      return { disk: digestOf(raw, "sha256"), file: digestOf(file, "sha256") };
    },
    images: () => glance.list({}),
    credentials: async () => {
      const { user } = await farm.token();
      const { text } = await farm.ask(`${ofUser(farm, user)}/application_credentials`);
      const { application_credentials: all } = JSON.parse(text) as { application_credentials: { name: string }[] };
      return all.map(({ name }) => name);
    },
    glanceDigest: (id, algorithm) => digestOf(join(services.logs, "..", "images", id), algorithm),
    things: async () => [
      ...filesIn(store.data).map((file) => `object ${file}`),
      ...ibm.things(),
      ...(await openstackThings()),
      ...Object.values(workers).flatMap((worker) => worker.left()),
    ],
    stop: async () => {
      for (const stop of [osuosl.stop, storeTap.stop, ibm.stop, s390x.stop, ppc64le.stop, store.stop]) await stop();
    },
  };
}

function develsTargets(): Values {
  const read: unknown = parse(readFileSync(join(REPOSITORY, "Pulumi.devel.yaml"), "utf8"));
  const config = isRecord(read) && isRecord(read["config"]) ? read["config"] : {};
  const targets = config["copr-builders:targets"];
  if (!isRecord(targets)) throw new Error("devel's settings have no targets");
  return Object.fromEntries(Object.values(BUILDS).flatMap((names) => names.map((name) => [name, targets[name]])));
}

/** The flavor and the network that devel's settings name. */
async function addDevelsOwn(block: number): Promise<void> {
  const admin = openCloud({ cloud: "admin" });
  const post = async (service: "compute" | "network", path: string, json: object): Promise<unknown> => {
    const { text } = await admin.ask(`${await admin.endpoint(service)}${path}`, { method: "POST", json });
    return JSON.parse(text);
  };
  await post("compute", "/flavors", { flavor: { name: "m1.large", ram: 2048, vcpus: 2, disk: 20 } });
  const network = { name: "general_servers1", shared: true };
  const { network: made } = (await post("network", "/v2.0/networks", { network })) as { network: { id: string } };
  const subnet = { network_id: made.id, ip_version: 4, cidr: `127.${block}.1.0/24`, enable_dhcp: false };
  await post("network", "/v2.0/subnets", { subnet });
}

/** Entry `osuosl`: the user of `farm`, whose calls are seen. */
async function tappedCloud(folder: string, { cloudsYaml }: LocalOpenstack, wire: Wire) {
  const { clouds } = JSON.parse(readFileSync(cloudsYaml, "utf8")) as { clouds: Record<string, object> };
  const farm = openCloud({ cloud: "farm" });
  const overrides: Record<string, string> = {};
  const stops: (() => Promise<void>)[] = [];
  for (const service of ["image", "compute", "network"] as const) {
    const { origin, pathname } = new URL(await farm.endpoint(service));
    const tap = await startHttpTap(origin, wire, openstackCall);
    overrides[`${service}_endpoint_override`] = tap.url + pathname;
    stops.push(tap.stop);
  }
  const file = join(folder, "clouds.yaml");
  writeFileSync(file, JSON.stringify({ clouds: { osuosl: { ...clouds["farm"], ...overrides } } }), { mode: 0o600 });
  return {
    cloudsYaml: file,
    stop: async () => {
      for (const stop of stops) await stop();
    },
  };
}

async function openstackThings(): Promise<string[]> {
  const cloud = openCloud({ cloud: "farm" });
  const { project } = await cloud.token();
  const of = `project_id=${project?.id ?? ""}`;
  const lists = [
    ["image", "/v2/images?visibility=private", "images"],
    ["compute", "/servers", "servers"],
    ["network", `/v2.0/ports?${of}`, "ports"],
    ["network", `/v2.0/floatingips?${of}`, "floatingips"],
  ] as const;
  const found = lists.map(async ([service, path, name]) => {
    const { text } = await cloud.ask((await cloud.endpoint(service)) + path);
    const { [name]: all = [] } = JSON.parse(text) as Record<string, { readonly id: string }[]>;
    return all.map(({ id }) => `openstack ${name} ${id}`);
  });
  return (await Promise.all(found)).flat();
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

function digestOf(file: string, algorithm: string): string {
  return createHash(algorithm).update(readFileSync(file)).digest("hex");
}
