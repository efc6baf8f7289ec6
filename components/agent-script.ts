/** The shell script that starts the agent on a worker and follows it. */
import { posix } from "node:path";
import { type AgentSpec, SPEC_FILE } from "../contract/agent-spec";
import { RESULT_FILE } from "../contract/agent-result";
import { SECRETS_FILE, type BuildSecrets } from "../contract/build-secrets";
import { LOGIN_FILE, type LoginFile } from "../contract/registry-login";
import { unitCommand } from "../contract/agent-unit";
import { LAST_LINES } from "../provider/last-lines";
import { quote } from "../provider/shell";

export interface AgentScript {
  /** Build key, 64 hex digits. */
  readonly key: string;
  readonly lifetimeMinutes: number;
  /** A machine that isn't ours is not changed: the agent says what it lacks. */
  readonly ownMachine: boolean;
  /** Paths on the worker: the agent's program, and the folder of its job. */
  readonly program: string;
  readonly run: string;
}

/** What the agent is handed, each in a file of its own. */
export interface Handed {
  readonly spec: AgentSpec;
  readonly logins?: LoginFile | undefined;
  readonly buildSecrets?: BuildSecrets | undefined;
}

/**
 * It comes by standard input, with the spec and secrets in it: the text of a command, and only that, would be in its error. It is one
 * function, so that nothing that it runs can read the rest of it.
 */
export function agentScript(
  { key, lifetimeMinutes, ownMachine, program, run }: AgentScript,
  { spec, logins, buildSecrets }: Handed,
): string {
  const unit = unitCommand({ key, lifetimeMinutes, source: spec.source, folder: run, script: program, node: "node" });
  return [
    "set -eu",
    "umask 077",
    LAST_LINES,
    "main() {",
    `mkdir -p ${run}`,
    ...(logins === undefined ? [] : written(`${run}/${LOGIN_FILE}`, logins)),
    ...(buildSecrets === undefined ? [] : written(`${run}/${SECRETS_FILE}`, buildSecrets)),
    ...written(`${run}/${SPEC_FILE}`, spec),
    ...(ownMachine ? installNode(`${posix.dirname(program)}/install.log`) : []),
    // Beside the program that follows it, which finds it running: each start of node takes seconds on an emulated machine.
    `[ -e ${run}/${RESULT_FILE} ] || [ ! -d /run/systemd/system ] || ${unit.map(quote).join(" ")} 2>/dev/null || :`,
    `exec node ${program} build ${run}`,
    "}",
    "main </dev/null",
    "",
  ].join("\n");
}

/** Replaced at once, never half written: a running agent reads its orders again for fresh URLs. */
function written(file: string, content: object): string[] {
  return [`cat >${file}.new <<'END OF FILE'`, JSON.stringify(content), "END OF FILE", `mv ${file}.new ${file}`];
}

/** What a package manager prints is read only where it fails. */
function installNode(log: string): string[] {
  return [
    "if ! command -v node >/dev/null; then",
    `  { dnf -y -q install nodejs || { apt-get -q update && apt-get -qy install nodejs; }; } >${log} 2>&1 ||`,
    `    { echo "node can't be installed:" >&2; last_lines ${log} >&2; exit 1; }`,
    "fi",
  ];
}
