/** Removes domains and volumes of exact names from a hypervisor, whatever else is there. */
import { hypervisor } from "../image/hypervisor";
import type { Run } from "../../../../provider/process";
import { quote } from "../../../../provider/shell";

export interface SweepTask {
  readonly uri: string;
  readonly domains: readonly string[];
  readonly volumes: readonly { readonly pool: string; readonly name: string }[];
}

/** Until a hypervisor counts as gone. */
const SWEEP_SECONDS = 120;

/** @returns a line for each thing that was removed */
export async function sweep(run: Run, task: SweepTask, gone?: AbortSignal): Promise<readonly string[]> {
  const { uri } = task;
  const { command, args, virshUri } = hypervisor(uri);
  const late = AbortSignal.timeout(SWEEP_SECONDS * 1000);
  const { code, stdout, stderr } = await run(command, args, {
    stdin: shellScript(virshUri, task),
    stops: [gone, late].flatMap((when) => (when === undefined ? [] : [{ when, graceSeconds: 1 }])),
  });
  if (code !== 0) {
    const why = late.aborted ? `no answer in ${String(SWEEP_SECONDS)} s` : stderr.trim();
    const names = [...task.domains, ...task.volumes.map(({ name }) => name)].join(", ");
    throw new Error(
      `${uri}: can't remove what may be left of ${names}: ${why}; ` +
        `look with "virsh -c '${uri}' list --all" and "vol-list", and run "pulumi up" again`,
    );
  }
  return stdout.split("\n").filter((text) => text !== "");
}

function shellScript(virshUri: string, { domains, volumes }: SweepTask): string {
  return `{
set -eu
LC_ALL=C
export LC_ALL
uri=${quote(virshUri)}
vsh() { virsh -q -c "$uri" "$@" </dev/null; }
# A failing virsh must not look like an empty list.
all=$(vsh list --all --name)
domain() {
  printf '%s\\n' "$all" | grep -qxF -- "$1" || return 0
  # One that runs has to end first: its volumes would be taken from under it.
  vsh destroy "$1" >/dev/null 2>&1 || [ "$(vsh domstate "$1")" = "shut off" ] || vsh destroy "$1" >/dev/null
  vsh undefine --nvram "$1" >/dev/null
  echo "removed the domain $1, which no state knew of"
}
volume() {
  names=$(vsh vol-list --pool "$1")
  printf '%s\\n' "$names" | awk '{ print $1 }' | grep -qxF -- "$2" || return 0
  vsh vol-delete --pool "$1" "$2" >/dev/null
  echo "removed the volume $2 of pool $1, which no state knew of"
}
${domains.map((name) => `domain ${quote(name)}`).join("\n")}
${volumes.map(({ pool, name }) => `volume ${quote(pool)} ${quote(name)}`).join("\n")}
exit 0; }
`;
}
