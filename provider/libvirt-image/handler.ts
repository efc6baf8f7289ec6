import { z } from "zod";
import { type Call, type Properties, type ResourceHandler, Interrupt, neverUpdated, replaceOn } from "../handler";
import { failures, parse, sha256Schema, storeSchema, storedObjectSchema } from "../inputs";
import type { OpenStore } from "../object-store";
import type { Run } from "../process";
import { hypervisor } from "./hypervisor";
import { type Answer, type Task, parseAnswer, script } from "./script";

const placeSchema = z.object({
  uri: z.string().superRefine((uri, context) => {
    try {
      hypervisor(uri);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as Error).message });
    }
  }),
  pool: z.string().regex(/^[^/\s-][^/\s]*$/, "must be the name of a storage pool"),
  name: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, "must be a file name of letters, digits, dots and dashes"),
});
const argsSchema = placeSchema.extend({
  sizeBytes: z.int().positive(),
  dataBytes: z.int().nonnegative().optional(),
  sha256: sha256Schema,
  object: storedObjectSchema,
  store: storeSchema,
});
type Place = z.infer<typeof placeSchema>;

export interface LibvirtImageOptions {
  readonly run: Run;
  readonly openStore: OpenStore;
  readonly now: () => number;
}

/** How long one download may take; the URL lives as long. */
const PULL_SECONDS = 3600;
/** How long virsh may take for anything else. */
const SMALL_SECONDS = 180;

export function libvirtImageHandler({ run, openStore, now }: LibvirtImageOptions): ResourceHandler {
  const ask = (place: Place, task: Task, call: Call, onAnswer?: (answer: Answer) => void): Promise<Answer> =>
    onHypervisor(run, place, task, call, onAnswer);
  return {
    check: (news) => failures(argsSchema, news),
    // Where the bytes come from matters only while they are fetched.
    diff: (olds, news) => ({ ...replaceOn(["uri", "pool", "name", "sha256"], olds, news) }),
    create: async (inputs, call) => {
      const started = now();
      const args = parse(argsSchema, inputs.value, "the inputs of a LibvirtImage");
      const url = await openStore(args.store).presignGet(args.object.object, { expiresSeconds: PULL_SECONDS });
      const { sizeBytes, sha256, dataBytes = sizeBytes } = args;
      const volume = await ask(args, { kind: "pull", url, sizeBytes, dataBytes, sha256 }, call, (answer) => {
        if (answer.kind === "progress") call.log.status(`pulling ${bytesOf(answer.bytes, sizeBytes)}`);
        if (answer.kind === "status") call.log.status(answer.text);
      });
      const seconds = Math.round((now() - started) / 100) / 10;
      return { id: `${args.uri}#${args.pool}/${args.name}`, outs: outputs({ ...inputs.value, seconds }, volume) };
    },
    read: async (_id, state, call) => {
      const place = parse(placeSchema, state.value, "the state of a LibvirtImage");
      const volume = await ask(place, { kind: "inspect" }, call);
      return volume.kind === "gone" ? undefined : outputs(state.value, volume);
    },
    update: neverUpdated,
    delete: async (_id, state, call) => {
      const place = parse(placeSchema, state.value, "the state of a LibvirtImage");
      await ask(place, { kind: "delete" }, call);
    },
  };
}

function outputs(properties: Properties, answer: Answer): Properties {
  if (answer.kind !== "volume") throw new Error(`libvirt does not show the volume "${String(properties.name)}"`);
  return {
    ...properties,
    volumeName: properties.name,
    capacity: answer.capacity,
    allocation: answer.allocation,
  };
}

/** Runs a script on the hypervisor; its last answer. */
async function onHypervisor(
  run: Run,
  place: Place,
  task: Task,
  call: Call,
  onAnswer: ((answer: Answer) => void) | undefined,
): Promise<Answer> {
  const { command, args, virshUri } = hypervisor(place.uri);
  const seconds = task.kind === "pull" ? PULL_SECONDS : SMALL_SECONDS;
  const late = AbortSignal.timeout(seconds * 1000);
  let last: Answer | undefined;
  // The blank after the name ends it: `a` is not `ab`. Both words tell a later run whose process this is.
  const result = await run(command, [...args, "builders-image", place.name, "."], {
    stdin: script({ virshUri, pool: place.pool, name: place.name }, task),
    stops: [call.stop, call.gone, late].map((when) => ({ when, graceSeconds: 10 })),
    onStdout: (line) => {
      const answer = parseAnswer(line);
      if (answer === undefined) return;
      last = answer;
      onAnswer?.(answer);
    },
  });
  const where = `${place.uri}, pool "${place.pool}", volume "${place.name}"`;
  if (call.stop.aborted && call.stop.reason instanceof Interrupt) {
    if (result.code !== 0) throw new Error(`${where}: ${call.stop.reason.message}`, { cause: call.stop.reason });
  } else if (late.aborted) {
    throw new Error(`${where}: not done after ${String(seconds)} s`);
  }
  if (result.code === 0 && last) return last;
  const said = result.stderr.trim();
  throw new Error(`${where}: ${said === "" ? `"${command}" ended with exit code ${String(result.code)}` : said}`);
}

function bytesOf(done: number, all: number): string {
  const gb = (bytes: number): string => (bytes / 1e9).toFixed(1);
  return `${gb(done)}/${gb(all)} GB`;
}
