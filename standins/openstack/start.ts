/** Starts Keystone, Glance, Placement, Neutron and Nova: the released services, on a hypervisor that runs nothing, or machines. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TOOLS } from "../../cli/local/places";
import { freePorts } from "../../contract/testing/free-port";

export interface LocalOpenstack {
  /** Keystone's. */
  readonly authUrl: string;
  /**
   * Entries `farm`, `neighbour` (both members of a project of their own), `onlooker` (a reader) and `admin`. There are a network
   * `general`, an external one `outside`, and flavors `builder` and `diskless`.
   */
  readonly cloudsYaml: string;
  readonly logs: string;
  readonly stop: () => Promise<void>;
}

const SERVICES = ["KEYSTONE", "GLANCE", "PLACEMENT", "NEUTRON", "NOVA"] as const;
const DRIVERS = { light: "Light", emulated: "Emulated" } as const;
const READY_MS = 19 * 60_000;
const END_MS = 20_000;

export interface OpenstackOptions {
  /**
   * Makes each instance a machine at an address 127.N.0.x: a light one, that boots in no time, or an emulated one of its image's
   * architecture. @default instances have states only
   */
  readonly machines?: { readonly kind: "light" | "emulated"; readonly addressBlock: number };
}

/** @param folder of its own: its configuration, data and logs */
export async function startOpenstack(folder: string, { machines }: OpenstackOptions = {}): Promise<LocalOpenstack> {
  const modules = join(TOOLS, "openstack");
  if (!existsSync(join(modules, "bin/gunicorn"))) {
    throw new Error(`${modules} is missing: run \`bash toolchain/setup.sh tests\`, which installs it`);
  }
  mkdirSync(folder, { recursive: true });
  const data = join(folder, "services");
  const ports = await freePorts(SERVICES.length);
  const log = openSync(join(folder, "up.log"), "w");
  const env = {
    ...process.env,
    MACHINES: machines === undefined ? "" : DRIVERS[machines.kind],
    ADDRESS_BLOCK: String(machines?.addressBlock ?? ""),
    ...Object.fromEntries(SERVICES.map((name, at) => [`${name}_PORT`, String(ports[at])])),
  };
  const script = join(__dirname, "up.sh");
  // Its services live on, in its process group, after it has ended.
  const child = spawn("bash", [script, modules, data], { env, detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  const late = setTimeout(() => child.kill("SIGKILL"), READY_MS);
  const [code] = (await once(child, "exit")) as [number | null];
  clearTimeout(late);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${script} can't be run`);
  const stop = (): Promise<void> => end(pid);
  if (code !== 0) {
    await stop();
    throw new Error(`the local OpenStack does not start: see ${folder}/up.log and ${data}/log`);
  }
  const authUrl = `http://127.0.0.1:${ports[0]}/v3`;
  const cloudsYaml = join(folder, "clouds.yaml");
  const users = { farm: "farm-secret", neighbour: "farm-secret", onlooker: "farm-secret", admin: "secret" };
  const clouds = Object.entries(users).map(([name, password]) => [name, entry(authUrl, name, password)]);
  // JSON is YAML.
  writeFileSync(cloudsYaml, JSON.stringify({ clouds: Object.fromEntries(clouds) as object }), { mode: 0o600 });
  return { authUrl, cloudsYaml, logs: join(data, "log"), stop };
}

function entry(authUrl: string, name: string, password: string): object {
  const domains = { user_domain_id: "default", project_domain_id: "default" };
  return {
    auth: { auth_url: authUrl, username: name, password, project_name: name, ...domains },
    region_name: "RegionOne",
  };
}

/** All that the script has started is in its process group. */
async function end(group: number): Promise<void> {
  signal(group, "SIGTERM");
  const until = Date.now() + END_MS;
  while (signal(group, 0) && Date.now() < until) await new Promise((done) => setTimeout(done, 100));
  signal(group, "SIGKILL");
}

function signal(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, name);
  } catch {
    return false;
  }
}
