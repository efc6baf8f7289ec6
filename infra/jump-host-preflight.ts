/** Whether jump hosts let us in, found before anything is made: each is asked once, however many machines are behind it. */
import { dial as dialOnce, type Dial, type Dialled } from "../provider/ssh-ready/dial";
import type { JumpHost, NamedJumpHost } from "./jump-host";
import type { Finding } from "./platform";
import { readLogin, refusedLogin } from "./read-login";

type Problem = Omit<Finding, "path"> & { readonly field: keyof JumpHost };

/** Of each distinct one the findings, at the first of the paths that are given. */
export type AskJumpHosts = (named: readonly NamedJumpHost[]) => Promise<Finding[]>;

/** What one has answered counts for the same one later. */
export function jumpHostAsker(dial: Dial = dialOnce): AskJumpHosts {
  const answers = new Map<string, Promise<readonly Problem[]>>();
  const ask = (jump: JumpHost): Promise<readonly Problem[]> => {
    const known = answers.get(same(jump));
    if (known !== undefined) return known;
    const asked = problemsOf(jump, dial);
    answers.set(same(jump), asked);
    return asked;
  };
  return async (named) => {
    const distinct = [...new Map([...named].reverse().map((one) => [same(one.jumpHost), one])).values()].reverse();
    const found = await Promise.all(
      distinct.map(async ({ path, jumpHost }) =>
        (await ask(jumpHost)).map(({ field, ...problem }) => ({ path: `${path}.${field}`, ...problem })),
      ),
    );
    return found.flat();
  };
}

function same({ host, port, user, hostKey, privateKeyFile, sshAgent }: JumpHost): string {
  return JSON.stringify([host, port, user, hostKey.trim(), privateKeyFile, sshAgent]);
}

async function problemsOf(jump: JumpHost, dial: Dial): Promise<readonly Problem[]> {
  const { host, port } = jump;
  const login = await readLogin(jump);
  if (!("with" in login)) return [login];
  const where = `the jump host ${host}:${port}`;
  const answer = await dial({ ...jump, ...login.with }, new AbortController().signal);
  return problems[answer.state]({ where, jump, why: answer.state === "ready" ? "" : answer.why });
}

interface Said {
  readonly where: string;
  readonly jump: JumpHost;
  readonly why: string;
}

function unreached({ where, why }: Said): Problem[] {
  const remedy = "check that it is up, that sshd listens there, and that this machine may reach its port";
  return [{ field: "host", problem: `${where} lets nobody in: ${why}`, remedy }];
}

const problems: Readonly<Record<Dialled["state"], (said: Said) => readonly Problem[] | Promise<readonly Problem[]>>> = {
  ready: () => [],
  "login refused": async ({ where, jump }) => [await refusedLogin(jump, jump.user, where)],
  "wrong key": ({ where, why }) => [
    {
      field: "hostKey",
      problem: `${where}: ${why}`,
      remedy: 'compare it with "ssh-keyscan" and what is known of the jump host',
    },
  ],
  "no route": unreached,
  refused: unreached,
  silent: unreached,
  broke: unreached,
  forbidden: unreached,
};
