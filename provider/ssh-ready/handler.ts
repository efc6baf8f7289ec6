import { z } from "zod";
import { Secret } from "../codec";
import type { Wait } from "../wait";
import { type Call, type Properties, type ResourceHandler, neverUpdated, replaceOn } from "../handler";
import { failures } from "../inputs";
import { parse } from "../../contract/schemas/parse";
import { connectionSchema, endpointName } from "../ssh-client/endpoint";
import type { Refusal } from "../ssh-client/hop";
import type { Dial } from "./dial";

const argsSchema = z.object({ connection: connectionSchema, machine: z.string().min(1) });
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
  const where = endpointName(connection);
  const begun = wait.now();
  let strangeSince: number | undefined;
  let said = "";
  for (;;) {
    const result = await dial(connection, call.stop);
    if (result.state === "ready") return;
    const now = wait.now();
    strangeSince = isStrange(result) ? (strangeSince ?? now) : undefined;
    if (strangeSince !== undefined && now - strangeSince >= STRANGE_SECONDS * 1000) {
      const remedy = result.atJumpHost ? `; ${JUMP_HOST[result.state]}` : "";
      throw new Error(
        `${where}: ${result.why}; it was so for ${STRANGE_SECONDS} s, and nothing was sent to it${remedy}`,
      );
    }
    if (now - begun >= BOOT_MINUTES * 60_000) throw new Error(late(where, result));
    if (result.why !== said) call.log.status(`waits up to ${BOOT_MINUTES} minutes for ${where}: ${result.why}`);
    said = result.why;
    await wait.sleep(PAUSE_MS, call.stop);
  }
}

/** What no time mends. */
function isStrange({ state }: Refusal): boolean {
  return state === "wrong key" || state === "login refused" || state === "forbidden";
}

const MACHINE: Readonly<Record<Refusal["state"], string>> = {
  "no route":
    "does its address lead there, and may ssh from here, or from its jump host (operatorCidr), reach its port?",
  refused: "does it boot, and does its image start sshd?",
  silent: "does it boot, and does a firewall or proxy answer in its place?",
  broke: "its console says more",
  "wrong key": "is its address another machine's?",
  "login refused": "does its image take user data (cloud-init)?",
  forbidden: "may it be reached from there?",
};

const JUMP_HOST: Readonly<Record<Refusal["state"], string>> = {
  "no route": "is the jump host up, and may this machine reach its port?",
  refused: "does sshd run on the jump host, at jumpHost.port?",
  silent: "does a firewall or proxy answer in the jump host's place?",
  broke: "the log of the jump host's sshd says more",
  "wrong key": "is jumpHost.host another machine's address, or jumpHost.hostKey an older key?",
  "login refused":
    "is the public half of its key (jumpHost.privateKeyFile, or one that the agent of jumpHost.sshAgent has) in authorized_keys there?",
  forbidden: "let the jump host's sshd forward to the machine (AllowTcpForwarding, PermitOpen)",
};

function late(where: string, { state, why, atJumpHost }: Refusal): string {
  const remedy = (atJumpHost ? JUMP_HOST : MACHINE)[state];
  return `${where} let nobody in within ${BOOT_MINUTES} minutes; the last try: ${why}; ${remedy}`;
}
