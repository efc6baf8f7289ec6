/** The login that settings name, read before anything is made; what is wrong with it is a mistake in the settings. */
import { agentProblem, refusedRemedy } from "../provider/ssh-client/agent";
import { readPrivateKeyFile } from "./key-file";
import { agentPath, type SshLogin } from "./ssh-login";

/** What is wrong with a login, and what to do; `field` is the setting that says it. */
export interface LoginProblem {
  readonly field: keyof SshLogin;
  readonly problem: string;
  readonly remedy: string;
}

/** As an endpoint has it: a key, or the socket of an agent where one is named. */
export interface Login {
  readonly with: { readonly privateKey?: string; readonly agentSocketPath?: string | undefined };
}

/** Of an agent is known that it answers and has identities; whether one is admitted, the machine says. */
export async function readLogin(login: SshLogin): Promise<Login | LoginProblem> {
  const { privateKeyFile: file } = login;
  if (file === undefined) {
    const agentSocketPath = agentPath(login);
    const found = await agentProblem(agentSocketPath);
    return found === undefined ? { with: { agentSocketPath } } : { field: "sshAgent", ...found };
  }
  const key = await readPrivateKeyFile(file);
  return typeof key === "string" ? { with: { privateKey: key } } : { field: "privateKeyFile", ...key };
}

/** Of a user whom a machine does not let in. @param where it is, for people */
export async function refusedLogin(login: SshLogin, user: string, where: string): Promise<LoginProblem> {
  const { privateKeyFile: file } = login;
  if (file === undefined) {
    const problem = `${user} may not log in at ${where} with an identity of the ssh-agent`;
    return { field: "sshAgent", problem, remedy: await refusedRemedy(agentPath(login)) };
  }
  const remedy = `put its public half ("ssh-keygen -y -f ${file}") into authorized_keys there`;
  return { field: "privateKeyFile", problem: `${user} may not log in at ${where} with ${file}`, remedy };
}
