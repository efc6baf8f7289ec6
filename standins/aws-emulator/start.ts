/** Starts the AWS emulator for tests and by hand, and drives it: see docs/aws-emulator.md. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY, TOOLS } from "../../cli/local/places";
import { becomes, end, identify } from "../../cli/local/processes";
import { makeControl, type Control } from "./control";

/** The account that everything in the emulator belongs to. */
export const EMULATOR_ACCOUNT = "123456789012";

/** A distribution's image that is there from the start, in every region. */
export interface StockImage {
  /** Account of the distribution, twelve digits. */
  readonly owner: string;
  readonly name: string;
  readonly architecture: "x86_64" | "arm64";
  /** @default /dev/sda1 */
  readonly rootDeviceName?: string;
}

export interface GuestSettings {
  /** qcow2 that stock images of an architecture stand for, a system with cloud-init and sshd. */
  readonly disks: Readonly<Partial<Record<StockImage["architecture"], string>>>;
  /** Does KVM run guests of this machine's own architecture here? See cli/local/kvm.ts. The others are emulated. */
  readonly kvm: boolean;
  /** @default 1024 */
  readonly memoryMib?: number;
  /** @default 2, and 1 where there is no KVM */
  readonly cpus?: number;
}

export interface AwsEmulatorOptions {
  /** Folder of its own: its log, the data of snapshots, the disks and consoles of guests. */
  readonly folder: string;
  /** Port on 127.0.0.1. @default one that is free */
  readonly port?: number;
  /** @default Fedora's two, under the owner and a name that Pulumi.devel.yaml looks for */
  readonly stockImages?: readonly StockImage[];
  /** Makes each instance a real machine. @default none: instances have states only */
  readonly guests?: GuestSettings;
  /** Makes each instance a machine that boots in no time: an ssh server in front of the disk's first line. */
  readonly lightMachines?: boolean;
  /** How often a new thing is read as pending before it is ready. @default 2 */
  readonly pendingReads?: number;
  /** How often a new thing is not found by reads, before it is. @default 0 */
  readonly unseenReads?: number;
  /** N of the instances' addresses, 127.N.x.y. @default 80 */
  readonly addressBlock?: number;
}

export interface AwsEmulator extends Control {
  /** `http://127.0.0.1:PORT`, for every service. */
  readonly endpoint: string;
  /** The same, as guests reach it. */
  readonly endpointForWorkers: string;
  /** Of a user who may do everything. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** What sends the AWS SDKs of a child there. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: string;
  readonly pid: number;
  /**
   * Ends the emulator and every guest. Data is removed, logs stay.
   * @throws Error of everything that was asked or answered in another way than the AWS SDK's models say
   */
  stop(): Promise<void>;
}

const FEDORA = "125523088429";
const STOCK_IMAGES: readonly StockImage[] = [
  { owner: FEDORA, name: "Fedora-Cloud-Base-AmazonEC2.x86_64-44-1.1", architecture: "x86_64" },
  { owner: FEDORA, name: "Fedora-Cloud-Base-AmazonEC2.aarch64-44-1.1", architecture: "arm64" },
];
const READY_SECONDS = 60;

export async function startAwsEmulator(options: AwsEmulatorOptions): Promise<AwsEmulator> {
  const python = join(TOOLS, "aws-emulator/bin/python");
  if (!existsSync(python))
    throw new Error(`${python} is missing: run \`bash toolchain/setup.sh tests\`, which installs it`);
  const { folder } = options;
  mkdirSync(folder, { recursive: true });
  const [config, ready, log] = ["config.json", "ready.json", "emulator.log"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  rmSync(ready, { force: true });
  writeFileSync(config, JSON.stringify({ stockImages: STOCK_IMAGES, ...options }));
  const child = launch(python, config, log);
  const answers = await becomes(() => {
    if (child.exitCode !== null) throw new Error(`the AWS emulator ended while starting:\n${tail(log)}`);
    return existsSync(ready);
  }, READY_SECONDS);
  if (!answers) {
    child.kill("SIGKILL");
    throw new Error(`the AWS emulator does not answer after ${READY_SECONDS} s; the end of ${log}:\n${tail(log)}`);
  }
  const { endpoint, ...credentials } = JSON.parse(readFileSync(ready, "utf8")) as {
    endpoint: string;
    accessKeyId: string;
    secretAccessKey: string;
  };
  const control = makeControl(endpoint);
  return {
    ...control,
    endpoint,
    endpointForWorkers: endpoint.replace("127.0.0.1", "10.0.2.2"),
    credentials,
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: "",
      AWS_REGION: "us-east-1",
      // A profile of the user's would win over the key; and there is no metadata service to ask.
      AWS_PROFILE: "",
      AWS_EC2_METADATA_DISABLED: "true",
      // The official plugin's waits are for AWS's slowness, which the emulator has by counted reads.
      COPR_BUILDERS_STANDIN_WAITS: "0.1",
    },
    log,
    pid: child.pid ?? 0,
    stop: () => stop(child, control),
  };
}

function launch(python: string, config: string, log: string): ChildProcess {
  const output = openSync(log, "a", 0o600);
  // -B: no caches of bytecode among the sources. It ends when its standard input does, so with this process at the latest.
  const child = spawn(python, ["-B", "-m", "aws_emulator", config], {
    cwd: join(REPOSITORY, "standins/aws-emulator"),
    env: { ...process.env, PYTHONPATH: join(REPOSITORY, "standins/machines") },
    detached: true,
    stdio: ["pipe", output, output],
  });
  closeSync(output);
  child.stdin?.on("error", () => undefined); // it ended by itself; whoever asks next is told
  return child;
}

async function stop(child: ChildProcess, control: Control): Promise<void> {
  const running = child.pid === undefined || hasEnded(child) ? undefined : identify(child.pid);
  let misfits: readonly string[] = [];
  try {
    if (running) ({ misfits } = await control.stats());
  } catch (error) {
    // A test may have killed it, just now: then it has no more to say.
    if (!(await becomes(() => hasEnded(child), KILLED_SECONDS))) throw error;
  } finally {
    if (running) await end(running, "the AWS emulator", 30);
    child.stdin?.destroy();
  }
  if (misfits.length > 0) throw new Error(`not as the AWS SDK's models have it:\n${misfits.join("\n")}`);
}

/** Until node hears of the end of a child that was killed. */
const KILLED_SECONDS = 5;

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function tail(log: string): string {
  return readFileSync(log, "utf8").trimEnd().split("\n").slice(-15).join("\n");
}
