/** The provider: from the engine's calls to the resources and functions, and back. */
import { randomUUID } from "node:crypto";
import { Operations, sleep } from "../../provider-kit/cancel";
import type { LogFor } from "../../provider-kit/engine-log";
import { failuresOf, read } from "../../provider-kit/inputs";
import { IncompleteError, type Caller, type Checked, type Created, type Plugin } from "../../provider-kit/server";
import { typeOf } from "../../contract/urn";
import { decode, isRecord, type WireProperties } from "../../provider-kit/wire";
import type { Clients } from "./clients";
import { checkConfig, readConfig, type ProviderConfig } from "./config";
import { GoneError } from "./errors";
import { FUNCTIONS } from "./functions";
import type { Call, ResourceKind, Values } from "./kind";
import {
  compare,
  complete,
  foresee,
  INCOMPLETE,
  refreshed,
  regionOf,
  stateOf,
  tagsAllOf,
  withoutNotes,
} from "./properties";
import { RESOURCES } from "./resources";
import { ownTags, retag, toTags, type Tags } from "./tags";
import { unserved } from "./unserved";

export interface PluginParts {
  readonly version: string;
  readonly logFor: LogFor;
  readonly clientsFor: (config: ProviderConfig) => Clients;
  /** The clock of waits. @default a real one */
  readonly wait?: typeof sleep;
}

export class AwsPlugin implements Plugin {
  readonly version: string;
  private readonly operations = new Operations();
  private config: ProviderConfig | undefined;
  private madeClients: Clients | undefined;

  constructor(private readonly parts: PluginParts) {
    this.version = parts.version;
  }

  checkConfig(news: WireProperties): Checked {
    return checkConfig(news);
  }

  configure(config: WireProperties): void {
    this.config = readConfig(config);
    this.madeClients = undefined;
  }

  check(urn: string, olds: WireProperties, news: WireProperties, seed: Uint8Array): Checked {
    const kind = kindOf(urn);
    const inputs = complete(kind, urn, olds, news, seed);
    return { inputs, failures: failuresOf(kind.schema, withoutNotes(inputs), unserved) };
  }

  diff(urn: string, oldInputs: WireProperties, olds: WireProperties, news: WireProperties) {
    const { defaultTags } = this;
    return compare(kindOf(urn), { oldInputs, olds, news, defaultTags, region: this.clients.region });
  }

  preview(urn: string, olds: WireProperties | undefined, news: WireProperties): WireProperties {
    const known = foresee(kindOf(urn), olds, news, this.defaultTags);
    return olds === undefined ? { region: this.clients.region, ...known } : known;
  }

  async create(caller: Caller, wire: WireProperties): Promise<Created> {
    const kind = kindOf(caller.urn);
    const inputs = read(kind.schema, withoutNotes(wire));
    return this.run(caller, regionOf(wire), async (call) => {
      const id = await kind.start(inputs, call);
      const settle = async () => {
        await kind.finish?.(id, inputs, call);
        await kind.settle(id, inputs, call);
      };
      return { id, state: await this.settled(kind, id, wire, call, settle, { [INCOMPLETE]: true }) };
    });
  }

  async read(caller: Caller, id: string, wire: WireProperties, olds: WireProperties) {
    const kind = kindOf(caller.urn);
    return this.run(caller, regionOf(olds), async (call) => {
      const actual = await this.actual(kind, id, wire, call);
      if (actual === undefined) return undefined;
      // Without inputs it is an import, or `Type.get`.
      const given = Object.keys(wire).length > 0 ? wire : importable(kind, actual);
      return { state: { ...olds, ...stateOf(given, actual) }, inputs: refreshed(given, actual) };
    });
  }

  async update(caller: Caller, id: string, oldInputs: WireProperties, olds: WireProperties, news: WireProperties) {
    const kind = kindOf(caller.urn);
    const inputs = read(kind.schema, withoutNotes(news));
    const { defaultTags } = this;
    const { changed } = compare(kind, { oldInputs, olds, news, defaultTags, region: this.clients.region });
    return this.run(caller, regionOf(olds), async (call) => {
      try {
        await this.changeTags(kind, id, olds, news, call);
        await kind.change?.(id, inputs, new Set(changed), call);
      } catch (error) {
        throw new IncompleteError(id, olds, error);
      }
      return this.settled(kind, id, news, call, () => kind.settle(id, inputs, call));
    });
  }

  async delete(caller: Caller, id: string, state: WireProperties): Promise<void> {
    await this.run(caller, regionOf(state), (call) => kindOf(caller.urn).remove(id, decode(state).values, call));
  }

  async invoke(token: string, args: WireProperties): Promise<WireProperties> {
    const served = FUNCTIONS[token];
    if (served === undefined) throw new Error(`the function ${token} ${unserved}`);
    const failures = failuresOf(served.schema, args, unserved);
    if (failures.length > 0) {
      throw new Error(`${token}: ${failures.map(({ property, reason }) => `${property} ${reason}`).join("; ")}`);
    }
    const region = regionOf(args) ?? this.clients.region;
    return served.call(read(served.schema, args), { clients: this.clients, region });
  }

  /** Ctrl-C: waits end with "cancelled"; a request on its way is let through, for it may make something. */
  cancel(): Promise<void> {
    this.operations.cancelAll();
    return Promise.resolve();
  }

  private async settled(
    kind: ResourceKind,
    id: string,
    wire: WireProperties,
    call: Call,
    settle: () => Promise<void>,
    notes: WireProperties = {},
  ): Promise<WireProperties> {
    try {
      await settle();
      const actual = await this.actual(kind, id, wire, call);
      if (actual === undefined) throw new GoneError(`${id} is gone just after it was there`);
      return stateOf(wire, actual);
    } catch (error) {
      if (error instanceof GoneError) throw error;
      throw new IncompleteError(id, { ...stateOf(wire, { region: call.region }), ...notes }, error);
    }
  }

  private async actual(kind: ResourceKind, id: string, wire: WireProperties, call: Call): Promise<Values | undefined> {
    const actual = await kind.look(id, call);
    if (actual === undefined) return undefined;
    const declared = toTags(decode(wire).values["tags"]);
    const tags = kind.tagged ? { tags: ownTags(toTags(actual["tagsAll"]), call.defaultTags, declared) } : {};
    return { region: call.region, ...actual, ...tags };
  }

  private async changeTags(kind: ResourceKind, id: string, olds: WireProperties, news: WireProperties, call: Call) {
    const after = tagsAllOf(kind, news, call.defaultTags);
    const state = decode(olds).values;
    if (after === undefined) return;
    await retag(call.ec2, [kind.tagTarget?.(id, state) ?? id], toTags(state["tagsAll"]), after);
  }

  private get clients(): Clients {
    if (this.config === undefined) throw new Error("the aws plugin is not configured");
    return (this.madeClients ??= this.parts.clientsFor(this.config));
  }

  private get defaultTags(): Tags {
    return this.config?.defaultTags?.tags ?? {};
  }

  private async run<T>(caller: Caller, region: string | undefined, use: (call: Call) => Promise<T>): Promise<T> {
    const log = this.parts.logFor(caller.urn);
    const { clients } = this;
    const place = region ?? clients.region;
    const token = randomUUID();
    try {
      return await this.operations.run((signal) =>
        use({
          signal,
          wait: this.parts.wait ?? sleep,
          region: place,
          ec2: clients.ec2(place),
          defaultTags: this.defaultTags,
          timeoutMs: (minutes) => (caller.timeoutSeconds > 0 ? caller.timeoutSeconds : minutes * 60) * 1000,
          account: () => clients.account(),
          token: () => token,
          log: (line) => log.line(line),
        }),
      );
    } finally {
      await log.drained();
    }
  }
}

/** The inputs that a program would have to give for what is there: as with the official plugin, none that says nothing. */
function importable(kind: ResourceKind, actual: Values): WireProperties {
  const names = Object.keys((kind.schema as unknown as { readonly shape?: object }).shape ?? {});
  return Object.fromEntries(Object.entries(saying(actual)).filter(([key]) => names.includes(key)));
}

/** Without what is absent, `false`, zero or empty, at every depth. */
function saying(values: Values): Values {
  const inner = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(inner) : isRecord(value) ? saying(value) : value;
  const isEmpty = (value: unknown): boolean => !value || (typeof value === "object" && Object.keys(value).length === 0);
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (isEmpty(value) ? [] : [[key, inner(value)]])),
  );
}

function kindOf(urn: string): ResourceKind {
  const type = typeOf(urn);
  const kind = RESOURCES[type];
  if (kind === undefined) throw new Error(`the resource ${type} ${unserved}`);
  return kind;
}
