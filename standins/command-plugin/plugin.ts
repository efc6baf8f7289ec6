/** The provider: from the engine's calls to the resources and back. */
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type {
  CheckResult,
  CreateResult,
  DiffResult,
  InvokeResult,
  Provider,
  UpdateResult,
} from "@pulumi/pulumi/provider";
import { Operations, sleep } from "../../provider-kit/cancel";
import type { LogFor } from "../../provider-kit/engine-log";
import { failuresOf } from "../../provider-kit/inputs";
import { nameOf, typeOf } from "../../contract/urn";
import { withDefaults } from "./inputs";
import { localRun, RESOURCES, type Context, type ResourceKind } from "./resources";
import { decode, isRecord, toSecret, type WireProperties } from "../../provider-kit/wire";

export interface PluginParts {
  readonly version: string;
  readonly logFor: LogFor;
  readonly environment: NodeJS.ProcessEnv;
  /** The clock of waits between dials. @default a real one */
  readonly wait?: typeof sleep;
}

export class CommandPlugin implements Provider {
  readonly version: string;
  private readonly operations = new Operations();

  constructor(private readonly parts: PluginParts) {
    this.version = parts.version;
  }

  check(urn: string, _olds: WireProperties, news: WireProperties): Promise<CheckResult> {
    const { schema } = kindOf(urn);
    return Promise.resolve({ inputs: withDefaults(schema, news), failures: failuresOf(schema, news) });
  }

  /** Says what replaces; all else the engine finds out by comparing inputs, with paths, for it is left unsaid. */
  diff(_id: string, urn: string, olds: WireProperties, news: WireProperties): Promise<DiffResult> {
    const before = decode(olds).values;
    const now = decode(news);
    const changed = Object.keys(kindOf(urn).replacedBy === "all" ? { ...news } : { triggers: true }).filter(
      (key) =>
        !isDeepStrictEqual(comparable(before[key]), comparable(now.values[key])) ||
        [...now.unknown].some((path) => isWithin(path, key)),
    );
    return Promise.resolve(changed.length === 0 ? {} : { changes: true, replaces: changed });
  }

  async create(urn: string, inputs: WireProperties): Promise<CreateResult> {
    const outputs = await this.run(urn, (kind, context) => kind.create(inputs, context));
    return { id: `${nameOf(urn)}${randomBytes(4).toString("hex")}`, outs: stateOf(inputs, outputs) };
  }

  async update(_id: string, urn: string, olds: WireProperties, news: WireProperties): Promise<UpdateResult> {
    const outputs = await this.run(urn, (kind, context) => kind.update(olds, news, context));
    return { outs: stateOf(news, outputs) };
  }

  async delete(_id: string, urn: string, olds: WireProperties): Promise<void> {
    await this.run(urn, (kind, context) => kind.delete(olds, context));
  }

  async invoke(token: string, args: WireProperties): Promise<InvokeResult> {
    if (token !== "command:local:run") throw new Error(`the command plugin has no function ${token}`);
    const outputs = await this.operations.run((signal) =>
      localRun(
        args,
        this.context(signal, () => undefined),
      ),
    );
    return { outputs: { ...args, ...outputs } };
  }

  /** Ctrl-C: what runs is stopped; each operation then fails by itself with "cancelled". */
  cancel(): Promise<void> {
    this.operations.cancelAll();
    return Promise.resolve();
  }

  private context(signal: AbortSignal, log: (line: string) => void): Context {
    return { signal, log, environment: this.parts.environment, wait: this.parts.wait ?? sleep };
  }

  private async run<T>(urn: string, use: (kind: ResourceKind, context: Context) => Promise<T>): Promise<T> {
    const log = this.parts.logFor(urn);
    try {
      return await this.operations.run((signal) =>
        use(
          kindOf(urn),
          this.context(signal, (line) => log.line(line)),
        ),
      );
    } finally {
      await log.drained();
    }
  }
}

/** Sources by their hash alone: the engine leaves their content out of old ones. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (!isRecord(value)) return value;
  const isAsset = (value["kind"] === "asset" || value["kind"] === "archive") && typeof value["hash"] === "string";
  if (isAsset) return { kind: value["kind"], hash: value["hash"] };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, comparable(item)]));
}

/** The state of a resource: its inputs as they came, secrets still wrapped, and its outputs. */
function stateOf(inputs: WireProperties, outputs: WireProperties): WireProperties {
  return { ...inputs, ...("connection" in inputs ? { connection: toSecret(inputs["connection"]) } : {}), ...outputs };
}

function isWithin(path: string, key: string): boolean {
  return path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`);
}

function kindOf(urn: string): ResourceKind {
  const type = typeOf(urn);
  const kind = RESOURCES[type];
  if (kind === undefined) throw new Error(`the command plugin has no resource ${type}`);
  return kind;
}
