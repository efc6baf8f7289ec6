/** Everything that a stack meets: store, account, hypervisor, worker, all real or the best there is, with taps between. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { startForTests, type TestEmulator } from "../../../standins/aws-emulator/testing/emulator";
import { TOOLS } from "../../../cli/local/places";
import { emptyAccount } from "./empty-account";
import { awsCall, startHttpTap, storeCall, type HttpTap } from "./http-tap";
import { startIbm, type IbmService } from "./ibm";
import { startLibvirtTap } from "./libvirt-tap";
import { firstSubnet, makeUploadRole, UPLOAD_ROLE } from "../../../standins/world/aws-account";
import { startLibvirt, type LibvirtService } from "../../../standins/world/hypervisor";
import { installPlugins } from "../../../standins/world/plugins";
import { BUCKET, PROFILE, REGION, startStore, type StoreService } from "../../../standins/world/store";
import { startWorker, type WorkerService, type WorkerWishes } from "../../../standins/world/worker";
import { buildSettings, changeSettings, type Values } from "./settings";
import { Stack } from "./stack";
import { Wire } from "./wire";

/** Of the loopback range; worlds that are there at once have one each, above those of tests/e2e. */
const ADDRESS_BLOCK = 100 + Number(process.env["VITEST_POOL_ID"] ?? 0);

export const REGIONS = ["us-east-1", "eu-west-1"] as const;
export const POOL = "images";
/** For what moves. */
export const OTHER_POOL = "others";

export interface StackWishes {
  /** @default devel */
  readonly name?: string;
  readonly backend?: string;
  /** @default aws and hypervisor: what holds of all platforms alike is shown with these */
  readonly publish?: readonly string[];
  readonly repository?: string;
}

export class World {
  private constructor(
    readonly folder: string,
    readonly wire: Wire,
    readonly store: StoreService,
    readonly emulator: TestEmulator,
    readonly libvirt: LibvirtService,
    readonly worker: WorkerService,
    readonly ibm: IbmService,
    private readonly taps: { readonly store: HttpTap; readonly aws: HttpTap },
    private readonly stops: readonly (() => Promise<void>)[],
    private readonly subnets: Readonly<Record<string, string>>,
  ) {}

  static async start(wishes: WorkerWishes = {}): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), "own-"));
    mkdirSync(join(folder, "tmp"));
    installPlugins(join(folder, "home"));
    const wire = new Wire();
    const [store, emulator, libvirt, worker, ibm] = await Promise.all([
      startStore(join(folder, "store")),
      startForTests({ lightMachines: true, addressBlock: ADDRESS_BLOCK, pendingReads: 1 }),
      startLibvirt(join(folder, "libvirt"), [POOL, OTHER_POOL]),
      startWorker(join(folder, "worker"), wishes),
      startIbm(join(folder, "ibm"), wire),
    ]);
    const taps = {
      store: await startHttpTap(store.url, wire, storeCall),
      aws: await startHttpTap(emulator.endpoint, wire, awsCall),
    };
    const untapLibvirt = await startLibvirtTap(join(folder, "libvirt.sock"), libvirt.socket, wire);
    const stops = [
      taps.store.stop,
      taps.aws.stop,
      untapLibvirt,
      ibm.stop,
      worker.stop,
      libvirt.stop,
      emulator.remove,
      store.stop,
    ];
    const subnets = Object.fromEntries(
      await Promise.all(REGIONS.map(async (region) => [region, await firstSubnet(emulator, region)] as const)),
    );
    await makeUploadRole(emulator);
    return new World(folder, wire, store, emulator, libvirt, worker, ibm, taps, stops, subnets);
  }

  async stop(): Promise<void> {
    for (const stop of this.stops) await stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The hypervisor's URI through the tap; `spelling` 2 is another one of the same place. */
  uri(spelling: 1 | 2 = 1): string {
    const socket = spelling === 1 ? join(this.folder, "libvirt.sock") : this.libvirt.socket;
    return `qemu+unix:///system?socket=${socket}`;
  }

  /** What differs from world to world and gets into states, by name. */
  values(): Record<string, string> {
    const { port, hostKey } = this.worker.settings;
    return {
      STORE: this.taps.store.url,
      AWS: this.taps.aws.url,
      "WORKER PORT": String(port),
      "WORKER KEY": String(hostKey),
      ...Object.fromEntries(Object.entries(this.subnets).map(([region, id]) => [`SUBNET ${region}`, id])),
    };
  }

  target(platform: "aws" | "libvirt" | "ibm"): Values {
    switch (platform) {
      case "libvirt": {
        const boot = { vcpus: 1, memoryMib: 256, network: { mode: "user" } };
        return { platform, hosts: [{ name: "local", arch: "x86_64", uri: this.uri(), pool: POOL, boot }] };
      }
      case "ibm":
        return this.ibm.target;
      case "aws":
        return {
          platform,
          regions: REGIONS.map((name) => ({ name, output: name, subnets: [this.subnets[name]] })),
          volumeGib: 1,
          uploadRole: UPLOAD_ROLE,
          operatorCidr: "127.0.0.0/8",
          endpointForWorkers: this.taps.aws.url,
          accounts: ["210987654321"],
        };
    }
  }

  stack({ name = "devel", publish = ["aws", "hypervisor"], ...wishes }: StackWishes = {}): Stack {
    const targets = { aws: this.target("aws"), hypervisor: this.target("libvirt"), ibm: this.target("ibm") };
    return Stack.make({
      under: this.folder,
      name,
      settings: buildSettings({
        worker: this.worker.settings,
        store: {
          ...{ bucket: BUCKET, region: REGION, endpoint: this.taps.store.url },
          credentials: { file: this.store.credentials, profile: PROFILE },
        },
        targets: Object.fromEntries(Object.entries(targets).filter(([target]) => publish.includes(target))),
        publish,
      }),
      environment: this.environment(),
      ...wishes,
    });
  }

  /** A stack in the backend of another that takes over what that one has built. */
  promoting(name: string, from: Stack): Stack {
    const settings: Record<string, unknown> = {};
    changeSettings(settings, { promote: { from: from.name, soakDays: 0 }, keepGenerations: "1" });
    return Stack.make({ under: this.folder, name, settings, environment: this.environment(), backend: from.backend });
  }

  private environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      ...this.emulator.environment,
      ...this.ibm.environment,
      AWS_ENDPOINT_URL: this.taps.aws.url,
      PATH: [join(TOOLS, "bin"), process.env["PATH"] ?? ""].join(delimiter),
      PULUMI_HOME: join(this.folder, "home"),
      PULUMI_CONFIG_PASSPHRASE: "ownership",
      // The outputs are read by programs, and the ledger is long.
      PULUMI_OPTION_SUPPRESS_OUTPUTS: "true",
      PULUMI_SKIP_UPDATE_CHECK: "1",
      LIBVIRT_DEFAULT_URI: this.uri(),
      TMPDIR: join(this.folder, "tmp"),
    };
  }

  /** Everything as at the start: nobody's things anywhere. */
  async reset(): Promise<void> {
    this.wire.clear();
    for (const region of REGIONS) await emptyAccount(this.emulator, region);
    this.worker.clean();
    empty(this.store.data);
    this.ibm.reset();
    const { virsh, pools } = this.libvirt;
    for (const domain of virsh("list", "--name").split("\n").filter(Boolean)) virsh("destroy", domain);
    for (const domain of virsh("list", "--all", "--name").split("\n").filter(Boolean)) virsh("undefine", domain);
    for (const pool of [POOL, OTHER_POOL]) {
      empty(join(pools, pool));
      virsh("pool-refresh", pool);
    }
  }
}

function empty(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
}
