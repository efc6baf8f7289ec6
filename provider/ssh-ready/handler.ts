import { z } from "zod";
import { Secret } from "../codec";
import type { Wait } from "../wait";
import { type Call, type Properties, type ResourceHandler, neverUpdated, replaceOn } from "../handler";
import { failures } from "../inputs";
import { parse } from "../../contract/schemas/parse";
import type { Dial, Dialled } from "./dial";

const argsSchema = z.object({
  connection: z.object({
    host: z.string().min(1),
    port: z.int().min(1).max(65_535),
    user: z.string().min(1),
    privateKey: z.string().min(1),
    hostKey: z.string().min(1),
  }),
  machine: z.string().min(1),
});
type Args = z.infer<typeof argsSchema>;

export interface SshReadyOptions {
  readonly dial: Dial;
  readonly wait: Wait;
}

const PAUSE_MS = 1_000;
/** A machine may need so long to boot, an emulated one on a busy host most of all. */
const BOOT_MINUTES = 10;
/** A machine that puts its keys in place while its sshd runs already shows others first; one that goes on is another. */
const STRANGE_SECONDS = 60;

export function sshReadyHandler({ dial, wait }: SshReadyOptions): ResourceHandler {
  const read = (properties: unknown): Args => parse(argsSchema, properties, "the inputs of an SshReady");
  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => replaceOn(["machine"], olds, news),
    create: async (inputs, call) => {
      const args = read(inputs.value);
      await answers(args, { dial, wait }, call);
      return { id: args.machine, outs: guarded(inputs.value) };
    },
    read: (_id, state) => Promise.resolve(guarded(state.value)),
    update: neverUpdated,
    delete: () => Promise.resolve(),
  };
}

/** The state holds the ssh key as its input. */
const guarded = (properties: Properties): Properties => ({
  ...properties,
  connection: new Secret(properties["connection"]),
});

async function answers({ connection }: Args, { dial, wait }: SshReadyOptions, call: Call): Promise<void> {
  const where = `${connection.user}@${connection.host}:${connection.port}`;
  const begun = wait.now();
  let strangeSince: number | undefined;
  let said = "";
  for (;;) {
    const result = await dial(connection, call.stop);
    if (result.state === "ready") return;
    const now = wait.now();
    strangeSince = isStrange(result) ? (strangeSince ?? now) : undefined;
    if (strangeSince !== undefined && now - strangeSince >= STRANGE_SECONDS * 1000) {
      throw new Error(`${where}: ${result.why}; it was so for ${STRANGE_SECONDS} s, and nothing was sent to it`);
    }
    if (now - begun >= BOOT_MINUTES * 60_000) throw new Error(late(where, result));
    if (result.why !== said) call.log.status(`waits up to ${BOOT_MINUTES} minutes for ${where}: ${result.why}`);
    said = result.why;
    await wait.sleep(PAUSE_MS, call.stop);
  }
}

function isStrange({ state }: Dialled): boolean {
  return state === "wrong key" || state === "login refused";
}

function late(where: string, result: Exclude<Dialled, { readonly state: "ready" }>): string {
  const remedies = {
    "no route": "does its address lead there, and may this machine (operatorCidr) reach its port?",
    refused: "does it boot, and does its image start sshd?",
    silent: "does it boot, and does a firewall or proxy answer in its place?",
    broke: "its console says more",
    "wrong key": "is its address another machine's?",
    "login refused": "does its image take user data (cloud-init)?",
  };
  return `${where} let nobody in within ${BOOT_MINUTES} minutes; the last try: ${result.why}; ${remedies[result.state]}`;
}
