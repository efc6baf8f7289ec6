/** The script that a booted machine must pass, and what it answers. */
import { quote } from "../../provider/shell";

export interface CheckArgs {
  /** Build key, 64 hex digits. */
  readonly key: string;
  /** Shell commands that must succeed as root. */
  readonly checks: readonly string[];
}

/** A POSIX shell script: says each thing that is wrong on standard error; answers seconds from power-on to running. */
export function checkScript({ key, checks }: CheckArgs): string {
  const runs = checks.map((check) => `( ${check}\n) </dev/null >&2 || wrong ${quote(`the check failed: ${check}`)}`);
  return `set -u
failures=0
wrong() { echo "$1" >&2; failures=$((failures + 1)); }

state=$(systemctl is-system-running --wait)
if [ "$state" != running ]; then
  wrong "the system is $state: $(systemctl list-units --state=failed --no-legend --plain | cut -d' ' -f1 | tr '\\n' ' ')"
fi
found=$(cat /usr/lib/copr-builder/build-key 2>/dev/null || echo none)
[ "$found" = ${key} ] || wrong "this is another image: its build key is $found, not ${key}"
${runs.join("\n")}
[ "$failures" = 0 ] || exit 1
systemctl show --property=FinishTimestampMonotonic --value | awk '{ printf "%.1f\\n", $1 / 1e6 }'
`;
}
