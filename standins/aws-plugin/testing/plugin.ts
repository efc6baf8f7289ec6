/** The plugin in this process against an emulator of its own, for tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EC2Client } from "@aws-sdk/client-ec2";
import { startAwsEmulator, type AwsEmulatorOptions } from "../../aws-emulator/start";
import { sleep } from "../../../provider-kit/cancel";
import type { Caller } from "../../../provider-kit/server";
import { urn } from "../../../provider-kit/testing/wire";
import type { WireProperties } from "../../../provider-kit/wire";
import { makeClients, type Clients } from "../clients";
import { AwsPlugin } from "../plugin";
import { emptySnapshot } from "./snapshot";

export const REGION = "us-east-1";

/** Comes between the plugin and EC2, as a bad network or a busy region does. */
export type Meddle = (command: string, ask: () => Promise<{ output: object }>) => Promise<{ output: object }>;

export interface Emulated {
  readonly plugin: AwsPlugin;
  readonly lines: readonly string[];
  readonly endpoint: string;
  /** The id of a snapshot with nothing in it. */
  snapshot(): Promise<string>;
  /** A look at the same cloud, past the plugin. */
  ec2(region?: string): EC2Client;
  /** Another plugin in the same cloud, with more configuration. */
  configured(config: WireProperties, meddle?: Meddle, prepare?: (client: EC2Client) => void): AwsPlugin;
  stop(): Promise<void>;
}

export async function startEmulated(options: Partial<AwsEmulatorOptions> = {}): Promise<Emulated> {
  const folder = mkdtempSync(join(tmpdir(), "aws-plugin-"));
  const emulator = await startAwsEmulator({ folder, ...options });
  const { endpoint, credentials } = emulator;
  const endpoints = JSON.stringify([{ ec2: endpoint, sts: endpoint }]);
  const config = {
    region: REGION,
    accessKey: credentials.accessKeyId,
    secretKey: credentials.secretAccessKey,
    endpoints,
  };
  const lines: string[] = [];
  const logFor = () => ({ line: (text: string) => void lines.push(text), drained: () => Promise.resolve() });
  const configured: Emulated["configured"] = (more, meddle, prepare) => {
    const plugin = new AwsPlugin({
      version: "7.0.0",
      logFor,
      clientsFor: (read) => meddled(makeClients(read, {}), meddle, prepare),
      wait: (milliseconds, signal, what) => sleep(milliseconds / 500, signal, what),
    });
    plugin.configure({ ...config, ...more });
    return plugin;
  };
  return {
    plugin: configured({}),
    lines,
    endpoint,
    snapshot: () => emptySnapshot({ endpoint, credentials, region: REGION }),
    ec2: (region = REGION) => new EC2Client({ region, endpoint, credentials }),
    configured,
    stop: async () => {
      await emulator.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function meddled(
  clients: Clients,
  meddle: Meddle = (_command, ask) => ask(),
  prepare?: (client: EC2Client) => void,
): Clients {
  const known = new Set<EC2Client>();
  const ec2: Clients["ec2"] = (region) => {
    const client = clients.ec2(region);
    if (known.has(client)) return client;
    known.add(client);
    prepare?.(client);
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const result = await meddle(context.commandName ?? "", () => next(args));
        return result as Awaited<ReturnType<typeof next>>;
      },
      { step: "initialize", priority: "low", name: "meddle" },
    );
    return client;
  };
  return { ...clients, ec2 };
}

/** A resource's life by the calls that the engine makes. */
export class Lifecycle {
  id = "";
  inputs: WireProperties = {};
  state: WireProperties = {};
  private readonly caller: Caller;

  constructor(
    private readonly plugin: AwsPlugin,
    type: string,
    name = "it",
  ) {
    this.caller = { urn: urn(type, name), timeoutSeconds: 0 };
  }

  check(news: WireProperties, seed = "seed"): WireProperties {
    const { inputs, failures } = this.plugin.check(this.caller.urn, this.inputs, news, Buffer.from(seed));
    if (failures.length > 0) throw new Error(JSON.stringify(failures));
    return inputs;
  }

  async create(news: WireProperties): Promise<WireProperties> {
    this.inputs = this.check(news);
    ({ id: this.id, state: this.state } = await this.plugin.create(this.caller, this.inputs));
    return this.state;
  }

  diff(news: WireProperties) {
    return this.plugin.diff(this.caller.urn, this.inputs, this.state, this.check(news));
  }

  async update(news: WireProperties): Promise<WireProperties> {
    const checked = this.check(news);
    this.state = await this.plugin.update(this.caller, this.id, this.inputs, this.state, checked);
    this.inputs = checked;
    return this.state;
  }

  /** False if it is gone. */
  async refresh(): Promise<boolean> {
    const found = await this.plugin.read(this.caller, this.id, this.inputs, this.state);
    if (found !== undefined) ({ inputs: this.inputs, state: this.state } = found);
    return found !== undefined;
  }

  delete(): Promise<void> {
    return this.plugin.delete(this.caller, this.id, this.state);
  }
}
