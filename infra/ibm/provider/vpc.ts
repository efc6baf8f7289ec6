/** The calls of VPC's API that are used here, in one region. */
import * as z from "zod";
import { parse } from "../../../contract/schemas/parse";
import { realWait, type Wait } from "../../../provider/wait";
import { isGone, isTaken, mayPass } from "./errors";
import { pauseMs, type Request, type Send } from "./http";
import { NAMED, SHAPES, zonesSchema, type Kind, type NamedKind, type Thing } from "./shapes";

/**
 * The day whose behaviour is asked for. Since then: images have `remote`, security groups have protocol `any`, profiles come
 * in pages and name their zones.
 */
const VERSION = "2026-10-06";
const PAGE = "100";
const MOST_PAGES = 1_000;
/** A POST whose answer does not say what became of it. */
const POSTS = 4;
/** What was just made may not be in lists yet. */
const VISIBLE_MS = 60_000;
const LOOK_MS = 2_000;

export interface Vpc {
  readonly region: string;
  /** All of a kind, page by page. @param query filters of the API's own */
  list<K extends Kind>(kind: K, query?: Readonly<Record<string, string>>): Promise<readonly Thing<K>[]>;
  /** The one of exactly this name; undefined if there is none. */
  named<K extends Kind>(kind: K, name: string, query?: Readonly<Record<string, string>>): Promise<Thing<K> | undefined>;
  /** Undefined if it is gone. */
  get<K extends Kind>(kind: K, id: string): Promise<Thing<K> | undefined>;
  /** Of what has no id: an operating system, a profile, a region. Undefined if there is none. */
  known<K extends NamedKind>(kind: K, name: string): Promise<z.output<(typeof NAMED)[K]> | undefined>;
  zones(): Promise<readonly { readonly name: string; readonly status: string }[]>;
  /** One thing of that name, once: an answer that is lost is looked for before anything is asked for again. */
  create<K extends Kind>(kind: K, body: { readonly name: string } & object, stop: AbortSignal): Promise<Thing<K>>;
  rename(kind: Kind, id: string, name: string): Promise<void>;
  /** Asks for the end; what is gone already has ended. It may be there for a while longer. */
  remove(kind: Kind, id: string): Promise<void>;
  bind(interfaceId: string, floatingIpId: string): Promise<void>;
  unbind(interfaceId: string, floatingIpId: string): Promise<void>;
}

export interface VpcOptions {
  readonly region: string;
  readonly url: string;
  readonly send: Send;
  readonly wait?: Wait;
}

/** Kinds whose lists can be narrowed to one name. Others are read whole. */
const BY_NAME: ReadonlySet<Kind> = new Set(["images", "instances", "volumes"]);

export function openVpc({ region, url, send, wait = realWait }: VpcOptions): Vpc {
  const ask = (method: Request["method"], path: string, doing: string, more: Partial<Request> = {}) =>
    send({
      ...more,
      ...{ method, url: `${url}/${path}`, doing: `${doing} in ${region}` },
      query: { version: VERSION, generation: "2", ...more.query },
    });

  const list: Vpc["list"] = async (kind, query = {}) => {
    const all: Thing<typeof kind>[] = [];
    let start: string | undefined;
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const from: Readonly<Record<string, string>> = start === undefined ? {} : { start };
      const answer = await ask("GET", kind, `list ${words(kind)}`, { query: { limit: PAGE, ...query, ...from } });
      const found = parse(pageOf(kind), answer, `the list of ${words(kind)} in ${region}`);
      all.push(...(found[kind] as Thing<typeof kind>[]));
      start = startOf(found.next);
      if (start === undefined) return all;
    }
    throw new Error(`the list of ${words(kind)} in ${region} has more than ${MOST_PAGES} pages`);
  };
  const named: Vpc["named"] = async (kind, name, query = {}) =>
    (await list(kind, { ...query, ...(BY_NAME.has(kind) ? { name } : {}) })).find((one) => one.name === name);
  const read = async <T>(schema: z.ZodType<T>, path: string, doing: string): Promise<T | undefined> => {
    try {
      return parse(schema, await ask("GET", path, doing), `an answer about ${path} in ${region}`);
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  };
  /** What an earlier try made is in lists some time later. */
  const seen = async <K extends Kind>(kind: K, name: string, stop: AbortSignal): Promise<Thing<K> | undefined> => {
    for (const until = wait.now() + VISIBLE_MS; ;) {
      const found = await named(kind, name);
      if (found !== undefined || wait.now() >= until) return found;
      await wait.sleep(LOOK_MS, stop);
    }
  };

  return {
    region,
    list,
    named,
    get: (kind, id) => read(shapeOf(kind), `${kind}/${encodeURIComponent(id)}`, `look at ${word(kind)} ${id}`),
    known: (kind, name) => read(knownShape(kind), `${kind}/${encodeURIComponent(name)}`, `look for ${name}`),
    zones: async () => (await read(zonesSchema, `regions/${region}/zones`, "list zones"))?.zones ?? [],
    create: async (kind, body, stop) => {
      const { name } = body;
      for (let attempt = 1; ; attempt += 1) {
        try {
          const made = await ask("POST", kind, `make ${word(kind)} ${name}`, { body, stop });
          return parse(shapeOf(kind), made, `the new ${word(kind)} ${name} in ${region}`);
        } catch (error) {
          stop.throwIfAborted();
          // Its own earlier try has the name.
          if (attempt > 1 && isTaken(error)) {
            const found = await seen(kind, name, stop);
            if (found !== undefined) return found;
            throw error;
          }
          if (!mayPass(error)) throw error;
          await wait.sleep(pauseMs(error, attempt), stop);
          const late = await named(kind, name);
          if (late !== undefined) return late;
          if (attempt >= POSTS) throw error;
        }
      }
    },
    rename: async (kind, id, name) => {
      await ask("PATCH", `${kind}/${id}`, `call ${word(kind)} ${id} ${name}`, { body: { name } });
    },
    remove: async (kind, id) => {
      try {
        await ask("DELETE", `${kind}/${id}`, `delete ${word(kind)} ${id}`);
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    },
    bind: async (interfaceId, id) => {
      const path = `virtual_network_interfaces/${interfaceId}/floating_ips/${id}`;
      await ask("PUT", path, `bind floating IP ${id} to network interface ${interfaceId}`);
    },
    unbind: async (interfaceId, id) => {
      const path = `virtual_network_interfaces/${interfaceId}/floating_ips/${id}`;
      try {
        await ask("DELETE", path, `unbind floating IP ${id} from network interface ${interfaceId}`);
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    },
  };
}

function shapeOf<K extends Kind>(kind: K): z.ZodType<Thing<K>> {
  return SHAPES[kind] as unknown as z.ZodType<Thing<K>>;
}

function knownShape<K extends NamedKind>(kind: K): z.ZodType<z.output<(typeof NAMED)[K]>> {
  return NAMED[kind] as unknown as z.ZodType<z.output<(typeof NAMED)[K]>>;
}

function pageOf(kind: Kind) {
  const next = z.object({ href: z.string() }).nullish();
  return z.looseObject({ [kind]: z.array(SHAPES[kind]), next });
}

/** Where the next page starts: of its address this alone is believed. */
function startOf(next: unknown): string | undefined {
  const { href } = z.object({ href: z.string() }).safeParse(next).data ?? {};
  if (href === undefined) return undefined;
  return new URL(href, "https://region.iaas.cloud.ibm.com").searchParams.get("start") ?? undefined;
}

const WORDS: Readonly<Record<Kind, string>> = {
  images: "image",
  instances: "instance",
  floating_ips: "floating IP",
  security_groups: "security group",
  keys: "key",
  volumes: "volume",
  virtual_network_interfaces: "network interface",
  vpcs: "VPC",
  subnets: "subnet",
};

/** As IBM calls it. */
export function word(kind: Kind): string {
  return WORDS[kind];
}

function words(kind: Kind): string {
  return `${WORDS[kind]}s`;
}
