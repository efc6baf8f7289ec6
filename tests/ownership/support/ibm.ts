/** IBM Cloud in the world of these tests: the stand-in with light machines, and a real S3 server, with taps before both. */
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { ibmEnvironment, startIbmCloud, type IbmCloud } from "../../../standins/ibm-cloud/start";
import { ibmCall, startHttpTap, storeCall, type Describe } from "./http-tap";
import { startStore, writeHmacKeys } from "../../../standins/world/store";
import type { Values } from "./settings";
import type { Wire } from "./wire";

/** Of the loopback range; worlds that are there at once have one each, beside those of the AWS emulators. */
const ADDRESS_BLOCK = 140 + Number(process.env["VITEST_POOL_ID"] ?? 0);
export const IBM_REGIONS = ["us-east", "br-sao"] as const;
const COS = { bucket: "copr-images", region: "jp-tok" } as const;
/** Of those things that a stack can have. */
const KINDS = [
  ...["images", "instances", "volumes", "keys", "security_groups", "floating_ips"],
  "virtual_network_interfaces",
];
/** More than one page for the neighbours' things. */
const PAGE = 10;

export interface IbmService {
  readonly cloud: IbmCloud;
  /** Each object of the bucket is a file in here. */
  readonly data: string;
  /** What sends the program there. */
  readonly environment: Readonly<Record<string, string>>;
  readonly target: Values;
  /** Each thing of the account, object of the bucket and file of this machine, as one line. */
  things(): string[];
  /** sha256 of the raw disk that an image was imported from; `gone` for an image that is not there. */
  digest(imageId: string): string;
  reset(): void;
  stop(): Promise<void>;
}

const cosCall: Describe = (request, body) => {
  const call = storeCall(request, body);
  return call && { ...call, service: "ibm" };
};

/** @param addressBlock N of its machines' addresses, 127.N.x.y */
export async function startIbm(folder: string, wire: Wire, addressBlock = ADDRESS_BLOCK): Promise<IbmService> {
  const cache = join(folder, "cache");
  mkdirSync(cache, { recursive: true });
  const store = await startStore(join(folder, "cos"), COS);
  const cloud = await startIbmCloud({
    cos: { folder: join(store.data, ".."), location: COS.region },
    machines: { folder: join(folder, "machines"), addressBlock },
    ...{ pendingReads: 1, pageSize: PAGE },
  });
  const taps = [await startHttpTap(cloud.url, wire, ibmCall), await startHttpTap(store.url, wire, cosCall)] as const;
  return {
    ...{ cloud, data: store.data, target: target() },
    environment: {
      ...ibmEnvironment(cloud.world, taps[0].url),
      IBMCLOUD_COS_ENDPOINT: taps[1].url,
      COS_CREDENTIALS_FILE: writeHmacKeys(folder, store),
      XDG_CACHE_HOME: cache,
    },
    things: () => [
      ...accountThings(cloud),
      ...filesIn(store.data).map((file) => `ibm object ${file}`),
      ...filesIn(join(cache, "copr-builders", "ibm")).map((file) => `ibm file ${file}`),
    ],
    digest: (imageId) => digest(cloud, imageId, folder),
    reset: () => {
      cloud.world.reset();
      for (const name of readdirSync(store.data)) rmSync(join(store.data, name), { recursive: true, force: true });
    },
    stop: async () => {
      for (const tap of taps) await tap.stop();
      await cloud.stop();
      await store.stop();
    },
  };
}

function target(): Values {
  return {
    platform: "ibm",
    regions: IBM_REGIONS.map((name) => ({
      name,
      boot: { zone: `${name}-1`, vpc: "builders", subnet: `builders-${name}-1` },
    })),
    bucket: { name: COS.bucket, region: COS.region },
    ...{ resourceGroup: "copr", operatingSystem: "ubuntu-24-04-amd64", operatorCidr: "127.0.0.0/8" },
    tags: { CoprInstance: "devel" },
  };
}

function accountThings({ world }: IbmCloud): string[] {
  return [...world.entries.values()]
    .filter(({ kind, json }) => KINDS.includes(kind) && json["visibility"] !== "public")
    .map(({ kind, region, json }) => `${region} ${kind} ${json.id} ${json.name}`);
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

function digest({ world, machines }: IbmCloud, imageId: string, folder: string): string {
  const file = machines?.imageFile(imageId) ?? "";
  if (!world.entries.has(imageId) || !existsSync(file)) return "gone";
  const raw = join(folder, `${imageId}.raw`);
  execFileSync("qemu-img", ["convert", "-f", "qcow2", "-O", "raw", file, raw]);
  const found = createHash("sha256").update(readFileSync(raw)).digest("hex");
  rmSync(raw);
  return found;
}
