/** The provider that @pulumi/pulumi serves: finds the handler of a resource's type, decodes, calls, encodes. */
import type { provider } from "@pulumi/pulumi";
import { decode, encode } from "./codec";
import { type Call, Interrupt, PartialFailure, type ResourceHandler } from "./handler";
import { printable } from "../contract/printable";
import { parseUrn } from "../contract/urn";
import type { EngineLog } from "./handler";
import { packageSchema } from "./package-schema";
import type { ResourceType } from "./room";

export interface ServerOptions {
  readonly version: string;
  /** By type token, e.g. `builders:index:SshKey`. */
  readonly resources: Readonly<Record<string, ResourceType>>;
  readonly log: EngineLog;
}

export interface BuildersProvider extends Required<
  Pick<provider.Provider, "check" | "diff" | "create" | "read" | "update" | "delete" | "cancel" | "version" | "schema">
> {
  /** Nobody waits for answers any more: stops what runs; `idle` then says when all of it has ended. */
  leave(why: string): void;
  idle(): Promise<void>;
}

export function makeProvider({ version, resources, log }: ServerOptions): BuildersProvider {
  const stop = new AbortController();
  const gone = new AbortController();
  const running = new Set<Promise<unknown>>();

  const handlerOf = (urn: string): ResourceHandler => {
    const { type } = parseUrn(urn);
    const handler = Object.hasOwn(resources, type) ? resources[type]?.handler : undefined;
    if (!handler) throw new Error(`provider "builders" has no resource type "${type}"`);
    return handler;
  };
  const call = (urn: string): Call => ({ urn, log: log.for(urn), stop: stop.signal, gone: gone.signal });
  const track = async <T>(work: Promise<T>): Promise<T> => {
    running.add(work);
    try {
      return await work;
    } catch (error) {
      // Workers, clouds and hypervisors have a say in it.
      const message = printable(withCauses(error));
      // As @pulumi/pulumi's server wants it: with an id, the engine keeps the resource.
      if (error instanceof PartialFailure) {
        const { id, properties } = error;
        throw Object.assign(new Error(message, { cause: error }), {
          ...{ id, properties: encode(properties), reasons: [message] },
        });
      }
      throw new Error(message, { cause: error });
    } finally {
      running.delete(work);
    }
  };

  return {
    version,
    schema: packageSchema(version, resources),
    // Inputs go back as they came, secrets and unknowns still wrapped.
    check: (urn, _olds, news) =>
      Promise.resolve({ inputs: encode(news), failures: [...handlerOf(urn).check(decode(news))] }),
    diff: (_id, urn, olds, news) => {
      const diff = handlerOf(urn).diff(decode(olds).value, decode(news).value);
      return Promise.resolve({ ...diff, replaces: [...diff.replaces] });
    },
    create: async (urn, inputs) => {
      const { id, outs } = await track(handlerOf(urn).create(decode(inputs), call(urn)));
      return { id, outs: encode(outs) };
    },
    read: async (id, urn, state) => {
      const props = await track(handlerOf(urn).read(id, decode(state), call(urn)));
      // No id: the engine takes the resource out of the state, and the next update creates it again.
      return props === undefined ? { id: "", props: {} } : { id, props: encode(props) };
    },
    update: async (id, urn, olds, news) => ({
      outs: encode(await track(handlerOf(urn).update(id, decode(olds), decode(news), call(urn)))),
    }),
    delete: async (id, urn, state) => track(handlerOf(urn).delete(id, decode(state), call(urn))),
    cancel: () => {
      stop.abort(new Interrupt("cancelled", "cancelled (Ctrl-C)"));
      return Promise.resolve();
    },
    leave: (why) => {
      const reason = new Interrupt("engine gone", why);
      gone.abort(reason);
      stop.abort(reason);
    },
    idle: async () => {
      await Promise.allSettled([...running]);
    },
  };
}

/** The engine shows the message alone, so the causes go into it. */
export function withCauses(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause === undefined) return error.message;
  const cause = withCauses(error.cause);
  return error.message.includes(cause) ? error.message : `${error.message}\ncaused by: ${cause}`;
}
