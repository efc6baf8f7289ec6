/** Things of others in IBM Cloud, called and tagged like those of a stack, as far as names and tags go there. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { OWNER_TAG, RESOURCE_TAG, STACK_TAG } from "../../../provider/owner";
import type { IbmCloud } from "../../../standins/ibm-cloud/start";
import { IBM_REGIONS, type IbmService } from "./ibm";
import type { Own } from "./look-alikes";

const MOST_CHARACTERS = 63;
const [REGION] = IBM_REGIONS;

/** Of each kind, what the API shows beside names. In another zone than boots: addresses of a zone are few. */
const FIELDS: Readonly<Record<string, (world: IbmCloud["world"]) => object>> = {
  images: () => ({
    ...{ status: "available", status_reasons: [], visibility: "private", zones: [], file: { size: 1 } },
    operating_system: { name: "ubuntu-24-04-amd64", architecture: "amd64" },
  }),
  volumes: () => ({ status: "available", capacity: 100 }),
  floating_ips: ({ addresses }) => ({
    ...{ address: addresses.public(0), status: "available", zone: { name: `${REGION}-2` } },
  }),
  security_groups: (world) => {
    const vpc = world.thing("vpcs", "builders")?.json;
    return { vpc: { id: vpc?.id, name: vpc?.name }, rules: [], targets: [] };
  },
  virtual_network_interfaces: () => ({ lifecycle_state: "stable", zone: { name: `${REGION}-2` }, security_groups: [] }),
};

/** @param names that begin, end or are spelled like those of the stack */
export function moveInAtIbm({ cloud: { world }, data }: IbmService, own: Own, names: readonly string[]): void {
  const kinds = Object.entries(FIELDS);
  for (const [index, name] of names.entries()) {
    const [kind, fields] = kinds[index % kinds.length] ?? [];
    if (kind === undefined || fields === undefined) continue;
    const { json } = world.add(kind, REGION, ibmName(own, name, index), fields(world));
    // The tags of one in three are not there yet, or never were.
    if (index % 3 > 0) world.tags.set(json.crn, new Set(tags(own, name)));
    if (kind === "images") objectOf(data, own, name);
  }
}

/** A name that begins with `copr-builders-IDENTITY-` would be ours: nobody else gives such ones. */
function ibmName({ identity }: Own, like: string, index: number): string {
  const text = like.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-");
  const wanted = `copr-builders-${text}`;
  const name = index % 2 === 0 && !wanted.startsWith(`copr-builders-${identity}-`) ? wanted : text;
  const end = `-${index}`;
  const begun = /^[a-z]/.test(name) ? name : `n${name}`;
  return begun.length <= MOST_CHARACTERS ? begun : `${begun.slice(0, MOST_CHARACTERS - end.length)}${end}`;
}

/** IBM keeps no capitals. */
function tags({ identity, stack }: Own, like: string): string[] {
  const text = like.toLowerCase();
  const owner = text === identity ? "x" : text;
  return [`${OWNER_TAG}:${owner}`, `${STACK_TAG}:${stack}`, `${RESOURCE_TAG}:${like.toLowerCase()}`];
}

function objectOf(data: string, { key }: Own, name: string): void {
  const file = join(data, "disks", name, `${key}${"0".repeat(56)}.qcow2`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `of a neighbour: ${name}`);
}
