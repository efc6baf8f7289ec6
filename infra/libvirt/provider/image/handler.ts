import { z } from "zod";
import { type Call, type Diff, type Properties, type ResourceHandler, replaceOn } from "../../../../provider/handler";
import { failures, storeSchema, storedObjectSchema } from "../../../../provider/inputs";
import { diskDataSchema } from "../../../../contract/schemas/disk-data";
import { parse, sha256Schema } from "../../../../contract/schemas/parse";
import type { OpenStore } from "../../../../provider/object-store";
import { ownerSchema } from "../../../../provider/owner";
import type { Run } from "../../../../provider/process";
import { Turns } from "../../../../provider/turns";
import { ask } from "./ask";
import { nameSchema, poolSchema, uriSchema } from "./place-schema";
import type { Answer, Known, Pull } from "./script";

const placeSchema = z.object({
  uri: uriSchema,
  pool: poolSchema,
  name: nameSchema,
});
const argsSchema = placeSchema.extend({
  sizeBytes: z.int().positive(),
  dataBytes: z.int().nonnegative().optional(),
  sha256: sha256Schema,
  data: diskDataSchema.optional(),
  object: storedObjectSchema,
  store: storeSchema,
  owner: ownerSchema,
  again: z.string().min(1).optional(),
  pulls: z.object({ perHost: z.int().positive().optional(), perStore: z.int().positive().optional() }).optional(),
});
type Args = z.infer<typeof argsSchema>;
/** One of the version before has no owner. */
const stateSchema = placeSchema.extend({
  sizeBytes: z.int().positive(),
  sha256: sha256Schema,
  owner: ownerSchema.optional(),
  seconds: z.number().optional(),
});
type State = z.infer<typeof stateSchema>;

export interface LibvirtImageOptions {
  readonly run: Run;
  readonly openStore: OpenStore;
  readonly now: () => number;
}

/** How long one download may take; the URL lives as long. */
const PULL_SECONDS = 3600;
/** Pulls at once, unless the settings say otherwise. */
const PER_HOST = 2;
const PER_STORE = 8;
/** How long virsh may take for anything else. */
const SMALL_SECONDS = 180;

export function libvirtImageHandler({ run, openStore, now }: LibvirtImageOptions): ResourceHandler {
  const turns = new Turns();
  const inTurn = <T>({ uri, store, pulls }: Args, call: Call, work: () => Promise<T>): Promise<T> => {
    call.log.status("waiting for its turn");
    const bucket = `store ${store.endpoint ?? store.region} ${store.bucket}`;
    const ofStore = { most: pulls?.perStore ?? PER_STORE, stop: call.stop };
    const ofHost = { most: pulls?.perHost ?? PER_HOST, stop: call.stop };
    return turns.take(`host ${uri}`, () => turns.take(bucket, work, ofStore), ofHost);
  };
  /** The volume's facts, and how long the pull took if there was one. */
  const pull = async (args: Args, believe: Pull["believe"], call: Call) => {
    const started = now();
    let pulled = false;
    const url = await openStore(args.store).presignGet(args.object.object, { expiresSeconds: PULL_SECONDS });
    const { pool, name, owner, sizeBytes, sha256, data, dataBytes = sizeBytes } = args;
    const task = { kind: "pull", pool, name, owner, url, sizeBytes, dataBytes, sha256, data, believe } as const;
    const answers = await ask(run, args.uri, task, {
      ...call,
      seconds: PULL_SECONDS,
      onAnswer: (answer) => {
        if (answer.kind === "progress") {
          pulled = true;
          call.log.status(`pulling ${bytesOf(answer.bytes, sizeBytes)}`);
        }
        if (answer.kind === "status") call.log.status(answer.text);
      },
    });
    const seconds = Math.round((now() - started) / 100) / 10;
    return { volume: shown(answers.at(-1), name), pulled, seconds };
  };
  const small = async (kind: "inspect" | "delete", { uri, pool, name, ...state }: State, call: Call) =>
    (await ask(run, uri, { kind, pool, name, known: known(state) }, { ...call, seconds: SMALL_SECONDS })).at(-1);

  return {
    check: (news) => failures(argsSchema, news),
    diff,
    create: async (inputs, call) => {
      const args = parse(argsSchema, inputs.value, "the inputs of a LibvirtImage");
      const { volume, seconds } = await inTurn(args, call, () => pull(args, "nothing", call));
      return { id: `${args.uri}#${args.pool}/${args.name}`, outs: { ...inputs.value, ...volume, seconds } };
    },
    read: async (_id, { value }, call) => {
      const state = parse(stateSchema, value, "the state of a LibvirtImage");
      const answer = await small("inspect", state, call);
      if (answer?.kind === "gone") return undefined;
      if (answer?.kind === "kept") {
        call.log.warn(`${shownName(state)} is not this image any more: ${answer.why}`);
        return undefined;
      }
      return { ...value, ...shown(answer, state.name) };
    },
    // The same volume under another spelling or of another owner: its mark is written again, its content is not read.
    update: async (_id, olds, news, call) => {
      const args = parse(argsSchema, news.value, "the inputs of a LibvirtImage");
      const state = parse(stateSchema, olds.value, "the state of a LibvirtImage");
      const marked = state.owner === undefined ? "size" : "mark";
      const believe = againAsked(olds.value, news.value) ? "nothing" : marked;
      const { volume, pulled, seconds } = await inTurn(args, call, () => pull(args, believe, call));
      return { ...news.value, ...volume, seconds: pulled ? seconds : (state.seconds ?? seconds) };
    },
    delete: async (_id, { value }, call) => {
      const state = parse(stateSchema, value, "the state of a LibvirtImage");
      const answer = await small("delete", state, call);
      if (answer?.kind === "kept") call.log.info(`${shownName(state)} is left alone: ${answer.why}`);
    },
  };
}

/**
 * Another disk under the name takes the place of the old one at once, and the old resource leaves it alone then. The name of
 * the resource says which place it is in: another URI or pool is another spelling. Where the bytes come from matters only
 * while they are fetched.
 */
function diff(olds: Properties, news: Properties): Diff {
  const { changes, replaces } = replaceOn(["name", "sha256"], olds, news);
  const updated = replaceOn(["uri", "pool", "owner"], olds, news).changes || againAsked(olds, news);
  return { changes: changes || updated, replaces };
}

function againAsked(olds: Properties, news: Properties): boolean {
  return news.again !== undefined && news.again !== olds.again;
}

function known({ owner, sha256, sizeBytes }: Pick<State, "owner" | "sha256" | "sizeBytes">): Known {
  return { sha256, sizeBytes, ...owner };
}

function shown(answer: Answer | undefined, name: string): Properties {
  if (answer?.kind !== "volume") throw new Error(`libvirt does not show the volume "${name}"`);
  return { volumeName: name, capacity: answer.capacity, allocation: answer.allocation };
}

function shownName({ uri, pool, name }: State): string {
  return `volume "${name}" of storage pool "${pool}" at ${uri}`;
}

function bytesOf(done: number, all: number): string {
  const gb = (bytes: number): string => (bytes / 1e9).toFixed(1);
  return `${gb(done)}/${gb(all)} GB`;
}
