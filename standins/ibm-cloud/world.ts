/** What there is in the stand-in's account: plain things as IBM's APIs show them, and how far each has come. */
import { randomBytes, randomUUID } from "node:crypto";
import { Addresses } from "./addresses";
import { Refusal } from "./refusal";

/** A thing as its API shows it. */
export interface Json extends Record<string, unknown> {
  id: string;
  crn: string;
  name: string;
}

export interface Entry {
  readonly kind: string;
  readonly region: string;
  readonly json: Json;
  /** Reads of it until it is seen at all: answers come from copies of the state that lag behind. */
  unseen: number;
  /** Reads of it until what it waits for has come. */
  pending: number;
  /** Said when that is so. */
  arrive?: (() => void) | undefined;
}

/** What happens in the world beside its states. */
export interface Behind {
  added(entry: Entry): void;
  /** @param file that an image is imported from */
  imported(image: Entry, file: string): Promise<void>;
  /** @returns why the instance can't; undefined if it does */
  runs(instance: Entry): string | undefined;
  ended(entry: Entry): void;
}

export interface StockImage {
  readonly name: string;
  readonly operatingSystem: string;
}

export interface WorldOptions {
  /** @default 32 hex digits that are always the same */
  readonly account?: string;
  readonly apiKey?: string;
  /** @default us-east, br-sao, eu-es */
  readonly regions?: readonly string[];
  /** @default Default, copr */
  readonly resourceGroups?: readonly string[];
  /** How often a new thing is read as on its way before it is there. @default 2 */
  readonly pendingReads?: number;
  /** How often a new thing is missing in answers. @default 0 */
  readonly unseenReads?: number;
  /** Things in a page at most, whatever is asked for. @default 2, so that every list has pages */
  readonly pageSize?: number;
  /** Instances of a region. @default 10 */
  readonly instanceQuota?: number;
  /** N of the addresses of instances and floating IPs, 127.N.x.y. @default addresses that lead nowhere */
  readonly addressBlock?: number;
  /** @default one for x86_64 and one for s390x */
  readonly stockImages?: readonly StockImage[];
}

export const ACCOUNT = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

/** IBM's, as far as they are used. */
export const OPERATING_SYSTEMS = [
  { name: "ubuntu-24-04-amd64", architecture: "amd64", allow_user_image_creation: true },
  { name: "ubuntu-24-04-s390x", architecture: "s390x", allow_user_image_creation: true },
  { name: "fedora-coreos-stable-s390x", architecture: "s390x", allow_user_image_creation: true },
  { name: "fedora-coreos-stable-amd64", architecture: "amd64", allow_user_image_creation: true },
  { name: "zos-3-1-s390x", architecture: "s390x", allow_user_image_creation: false },
].map((system) => ({
  ...system,
  display_name: system.name,
  family: system.name.split("-")[0] ?? "",
  vendor: "a vendor",
  version: "1",
  user_data_format: "cloud_init",
  dedicated_host_only: false,
}));

export const PROFILES = [
  { name: "bx2-2x8", architecture: "amd64" },
  { name: "bx2-4x16", architecture: "amd64" },
  { name: "bz2-1x4", architecture: "s390x" },
  { name: "bz2-4x16", architecture: "s390x" },
];

const STOCK: readonly StockImage[] = [
  { name: "ibm-ubuntu-24-04-3-minimal-amd64-1", operatingSystem: "ubuntu-24-04-amd64" },
  { name: "ibm-ubuntu-24-04-3-minimal-s390x-1", operatingSystem: "ubuntu-24-04-s390x" },
];

export class World {
  readonly account: string;
  readonly apiKey: string;
  readonly regions: readonly string[];
  readonly resourceGroups: readonly { readonly id: string; readonly name: string }[];
  readonly pendingReads: number;
  readonly unseenReads: number;
  readonly pageSize: number;
  readonly instanceQuota: number;
  readonly addresses: Addresses;
  readonly entries = new Map<string, Entry>();
  /** @default nothing: instances have states, and no machines */
  behind: Behind | undefined;
  /** By CRN. */
  readonly tags = new Map<string, Set<string>>();
  /** Buckets that the image service was let read; `*` is all. */
  readonly readableBuckets = new Set<string>(["*"]);
  /** GUID of the only instance of Cloud Object Storage that it was let read. @default all */
  readableInstance: string | undefined;
  readonly tokens = new Set<string>();
  /** Regions whose endpoint answers nothing. */
  readonly unreachable = new Set<string>();
  /** Why imports of the next images fail. */
  readonly failingImports: { code: string; message: string }[] = [];

  private readonly stock: readonly StockImage[];

  constructor(options: WorldOptions = {}) {
    this.account = options.account ?? ACCOUNT;
    this.apiKey = options.apiKey ?? `key-${randomBytes(12).toString("hex")}`;
    this.regions = options.regions ?? ["us-east", "br-sao", "eu-es"];
    this.resourceGroups = (options.resourceGroups ?? ["Default", "copr"]).map((name) => ({ id: hex(), name }));
    this.pendingReads = options.pendingReads ?? 2;
    this.unseenReads = options.unseenReads ?? 0;
    this.pageSize = options.pageSize ?? 2;
    this.instanceQuota = options.instanceQuota ?? 10;
    this.addresses = new Addresses(options.addressBlock);
    this.stock = options.stockImages ?? STOCK;
    for (const region of this.regions) this.seed(region);
  }

  /** Everything as at the start, with the same key and groups: nobody's things anywhere. */
  reset(): void {
    for (const entry of [...this.entries.values()]) this.end(entry);
    this.tags.clear();
    for (const region of this.regions) this.seed(region);
  }

  private seed(region: string): void {
    for (const { name, operatingSystem } of this.stock) {
      const system = OPERATING_SYSTEMS.find((one) => one.name === operatingSystem);
      const zones = this.zones(region).map((zone) => ({ name: zone }));
      this.add("images", region, name, {
        ...{ status: "available", status_reasons: [], visibility: "public", operating_system: system, zones },
        file: { size: 1, checksums: { sha256: "0".repeat(64) } },
        minimum_provisioned_size: 10,
      });
    }
    for (const name of ["builders", "another"]) this.addVpc(region, name, (zone) => `${name}-${zone}`);
  }

  /** With a subnet in each zone. @param subnet its name, by zone */
  addVpc(region: string, name: string, subnet: (zone: string) => string): void {
    const vpc = this.add("vpcs", region, name, { status: "available" });
    for (const zone of this.zones(region)) {
      this.add("subnets", region, subnet(zone), {
        ...{ status: "available", vpc: { id: vpc.json.id, name }, zone: { name: zone } },
        ...{ available_ipv4_address_count: 200, ipv4_cidr_block: "10.240.0.0/24" },
      });
    }
  }

  zones(region: string): string[] {
    return [1, 2, 3].map((number) => `${region}-${number}`);
  }

  add(kind: string, region: string, name: string, fields: object, group = this.resourceGroups[0]): Entry {
    const id = `r${String(this.regions.indexOf(region) + 6).padStart(3, "0")}-${randomUUID()}`;
    const json: Json = {
      ...{ id, name, crn: `crn:v1:bluemix:public:is:${region}:a/${this.account}::${kind}:${id}` },
      href: `https://${region}.iaas.cloud.ibm.com/v1/${kind}/${id}`,
      created_at: new Date().toISOString(),
      resource_group: group,
      ...fields,
    };
    const entry: Entry = { kind, region, json, unseen: 0, pending: 0 };
    this.entries.set(id, entry);
    this.behind?.added(entry);
    return entry;
  }

  /** As a new thing is: not seen at once, and on its way for a while. */
  begin(entry: Entry, arrive: () => void): Entry {
    return Object.assign(entry, { unseen: this.unseenReads, pending: this.pendingReads, arrive });
  }

  end(entry: Entry): void {
    this.entries.delete(entry.json.id);
    this.tags.delete(entry.json.crn);
    this.behind?.ended(entry);
  }

  /** Those of a region, whether reads see them or not. */
  all(kind: string, region: string): Entry[] {
    return [...this.entries.values()].filter((entry) => entry.kind === kind && entry.region === region);
  }

  /** One of this name, for tests. */
  thing(kind: string, name: string | RegExp): Entry | undefined {
    const fits = (entry: Entry) => (typeof name === "string" ? entry.json.name === name : name.test(entry.json.name));
    return [...this.entries.values()].find((entry) => entry.kind === kind && fits(entry));
  }

  /** A read of it: it comes a step nearer. @returns false where it is not seen yet, or no more */
  read(entry: Entry): boolean {
    if (entry.unseen > 0) {
      entry.unseen -= 1;
      return false;
    }
    if (entry.arrive !== undefined) {
      if (entry.pending > 0) entry.pending -= 1;
      else {
        const { arrive } = entry;
        entry.arrive = undefined;
        arrive();
      }
    }
    return this.entries.has(entry.json.id);
  }

  /** @throws Refusal as VPC says that there is none */
  find(kind: string, region: string, id: string): Entry {
    const entry = this.entries.get(id);
    if (entry?.kind !== kind || entry.region !== region || !this.read(entry)) {
      throw new Refusal(404, "not_found", `${kind} with id ${id} not found`);
    }
    return entry;
  }

  group(reference: { readonly id?: string | undefined } | undefined): { id: string; name: string } {
    const found = this.resourceGroups.find(({ id }) => id === reference?.id) ?? this.resourceGroups[0];
    if (found === undefined || (reference !== undefined && found.id !== reference.id)) {
      throw new Refusal(400, "bad_field", "The resource group does not exist", "resource_group");
    }
    return found;
  }
}

export function hex(): string {
  return randomBytes(16).toString("hex");
}
