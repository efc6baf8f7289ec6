/** Nova, Neutron and Glance as far as one machine needs them, and made to fail as a real cloud does by chance. */
import type { ServerResponse } from "node:http";
import { fakeCloud, type FakeCloud, type Received } from "../cloud/testing/fake-cloud";

type Thing = Record<string, unknown>;

export interface FakeNova {
  readonly cloud: FakeCloud;
  readonly things: Readonly<Record<"servers" | "ports" | "floatingips", Map<string, Thing>>>;
  /** What a new instance has beside its name and metadata. */
  born: Thing;
  /** The only one of Nova. */
  flavor: Thing;
  /** The only one of Glance. */
  image: Thing;
  /** Asked first, of every request; true: it has answered. */
  fault: (received: Received, response: ServerResponse) => boolean;
}

/** Name of a list in its answers, and of one thing of it. */
const KINDS = { servers: "server", ports: "port", floatingips: "floatingip" } as const;
type Kind = keyof typeof KINDS;

export async function fakeNova(): Promise<FakeNova> {
  const cloud = await fakeCloud(3600, ["network"]);
  const nova: FakeNova = {
    cloud,
    things: { servers: new Map(), ports: new Map(), floatingips: new Map() },
    born: { status: "ACTIVE" },
    flavor: { id: "f", name: "builder", vcpus: 2, ram: 2048, disk: 20 },
    image: { id: "i", name: "stock", status: "active", visibility: "public", size: 2 ** 30, min_disk: 10 },
    fault: () => false,
  };
  cloud.answer((received, response) => {
    const path = received.path.replace(/^\/here(\/v2\.[01]|\/v3\/p)?/, "").split("?")[0] ?? "";
    if (!nova.fault({ ...received, path }, response)) reply(nova, { ...received, path }, response);
  });
  return nova;
}

export function reply(nova: FakeNova, { method, path, body }: Received, response: ServerResponse): void {
  const answer = (status: number, json: unknown = {}): void =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
  const [, list = "", id = "", action] = path.split("/");
  if (path === "/") answer(300, { versions: [{ id: "v2.15", status: "CURRENT" }] });
  else if (path.endsWith("/access_rules")) answer(200, { access_rules: [] });
  else if (list in FIXED) answer(200, FIXED[list]);
  else if (list === "flavors") answer(200, { flavors: [nova.flavor] });
  else if (list === "v2") answer(200, { images: [nova.image] });
  else if (action !== undefined) answer(200, { output: "login:\n" });
  else if (!(list in KINDS)) answer(404, { message: `no ${path} here` });
  else one(nova, list as Kind, { method, id: id === "detail" ? "" : id, body }, answer);
}

function one(
  { things, born }: FakeNova,
  kind: Kind,
  { method, id, body }: { readonly method: string; readonly id: string; readonly body: string },
  answer: (status: number, json?: unknown) => void,
): void {
  const all = things[kind];
  if (method === "POST") {
    const { [KINDS[kind]]: asked } = JSON.parse(body) as Record<string, Thing>;
    const made = { ...asked, ...MADE[kind], ...(kind === "servers" ? born : {}), id: `${kind}-${all.size + 1}` };
    all.set(made.id, made);
    answer(kind === "servers" ? 202 : 201, { [KINDS[kind]]: made });
  } else if (id === "") answer(200, { [kind]: [...all.values()] });
  else if (!all.has(id)) answer(404, { itemNotFound: { code: 404, message: `no ${id}` } });
  else if (method === "GET") answer(200, { [KINDS[kind]]: all.get(id) });
  else {
    all.delete(id);
    answer(204);
  }
}

const FIXED: Readonly<Record<string, object>> = {
  networks: {
    networks: [
      { id: "n", name: "general", subnets: ["s"] },
      { id: "o", name: "outside", "router:external": true },
    ],
  },
  "os-availability-zone": {
    availabilityZoneInfo: [
      { zoneName: "power", zoneState: { available: true } },
      { zoneName: "old", zoneState: { available: false } },
    ],
  },
  "security-groups": { security_groups: [{ id: "g", name: "default", project_id: "p" }] },
};
const MADE: Readonly<Record<Kind, Thing>> = {
  servers: { tenant_id: "p" },
  ports: { project_id: "p", tenant_id: "p", fixed_ips: [{ ip_address: "10.0.0.5" }] },
  floatingips: { project_id: "p", tenant_id: "p", floating_ip_address: "192.0.2.5" },
};
