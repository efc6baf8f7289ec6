/** The farm's services from a command's side: started with what devel's settings name, found again, stopped. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parse, stringify } from "yaml";
import { isRecord } from "../../contract/is-record";
import { Daemon } from "../local/daemon";
import { REPOSITORY } from "../local/places";
import type { ProcessId } from "../local/processes";
import { kill, processesWith } from "../../standins/world/process";
import type { HostSpec } from "./hypervisors";
import type { Parts } from "./parts";
import { CONTEXT, FARM, settingsFile, STACKS, WORLD_FILE } from "./places";
import { farmSettings, leftOut, promotingSettings, type FarmWorld, type Values } from "./settings";
import type { WorldSpec } from "./world";

export interface KnownWorld {
  readonly world: FarmWorld;
  readonly environment: Readonly<Record<string, string>>;
  /** What can be taken off the network. */
  readonly places: readonly string[];
}

/** In the environment of all that the services start: what a killed one has left is known by it. */
const MARK = "COPR_BUILDERS_FARM";
const SPEC = join(FARM, "spec.json");
/** OpenStack's databases are made from nothing: half a minute alone, minutes on a busy machine. */
const READY_SECONDS = 900;
/** What the images say that they have, of which they have nothing: the report compares it. */
const PACKAGES = ["bash 5.2.37-1.fc44.noarch", "kernel 6.17.4-300.fc44.noarch", "mock 6.3-1.fc44.noarch", ""].join(
  "\n",
);

export class FarmDaemon {
  private readonly daemon = new Daemon({
    name: "farm",
    command: process.execPath,
    args: ["--require", join(REPOSITORY, "toolchain/typescript/register.cjs"), join(__dirname, "serve.ts"), SPEC],
    env: { [MARK]: FARM },
    ready: () => Promise.resolve(existsSync(WORLD_FILE)),
    readySeconds: READY_SECONDS,
  });

  running(): ProcessId | undefined {
    return this.daemon.running();
  }

  /** From nothing: what an earlier farm has left is removed. */
  async start(parts: Parts, say: (line: string) => void): Promise<void> {
    await this.stop();
    mkdirSync(CONTEXT, { recursive: true, mode: 0o700 });
    writeFileSync(join(CONTEXT, "Containerfile"), "FROM scratch\nCOPY note /note\n");
    writeFileSync(join(CONTEXT, "note"), "change this, or the Containerfile, for another generation\n");
    writeFileSync(join(CONTEXT, "packages"), PACKAGES);
    const devel = configOf(settingsFile("devel"));
    writeFileSync(SPEC, JSON.stringify(worldSpec(devel, parts)));
    say(
      "starting the farm: clouds and hypervisors of this machine alone, whose machines are light ones: an ssh server each",
    );
    await this.daemon.start();
    const { world } = this.world();
    const settings = farmSettings(devel, world, relative(REPOSITORY, CONTEXT), STACKS.promotes);
    const targets = settings["copr-builders:targets"];
    const prod = promotingSettings(
      configOf(settingsFile("prod")),
      STACKS.builds,
      isRecord(targets) ? Object.keys(targets) : [],
    );
    for (const [stack, config] of [
      [STACKS.builds, settings],
      [STACKS.promotes, prod],
    ] as const) {
      const file = settingsFile(stack);
      writeFileSync(
        file,
        `# Made by "npm run farm" from devel's and prod's settings; yours to change while the farm runs.\n${stringify({ config })}`,
      );
      say(`settings: ${relative(REPOSITORY, file)}`);
    }
    for (const part of [...parts.leftOut, ...leftOut(devel, settings)]) say(`left out: ${part}`);
  }

  /** @throws Error if it does not run */
  world(): KnownWorld {
    if (this.running() === undefined) throw new Error("the farm does not run: say `npm run farm`");
    return JSON.parse(readFileSync(WORLD_FILE, "utf8")) as KnownWorld;
  }

  /** Nothing of it is left: no process, no file. */
  async stop(): Promise<void> {
    await this.daemon.stop();
    for (const { pid } of processesWith(`${MARK}=${FARM}`)) kill(pid);
    rmSync(FARM, { recursive: true, force: true });
    for (const stack of Object.values(STACKS)) rmSync(settingsFile(stack), { force: true });
  }
}

function worldSpec(devel: Values, { architectures, targets, guests }: Parts): WorldSpec {
  const all = devel["copr-builders:targets"];
  const target = (name: string): Values => (isRecord(all) && isRecord(all[name]) ? all[name] : {});
  const list = (value: unknown): readonly Values[] => (Array.isArray(value) ? value.filter(isRecord) : []);
  const names = (value: unknown): string[] => list(value).map(({ name }) => String(name));
  const ibm = target("ibm_cloud");
  const bucket = isRecord(ibm["bucket"]) ? ibm["bucket"] : {};
  const hosts = list(target("hypervisor")["hosts"]).flatMap(({ name, arch, pool }): HostSpec[] => {
    const known = guests.find((one) => one === arch);
    return known === undefined ? [] : [{ name: String(name), arch: known, pool: String(pool) }];
  });
  return {
    ...{ architectures, targets, hosts, awsRegions: names(target("aws")["regions"]) },
    ibm: { bucket: String(bucket["name"]), location: String(bucket["region"]), regions: names(ibm["regions"]) },
  };
}

function configOf(file: string): Values {
  const found: unknown = parse(readFileSync(file, "utf8"));
  if (!isRecord(found) || !isRecord(found["config"])) throw new Error(`${file} has no config`);
  return found["config"];
}
