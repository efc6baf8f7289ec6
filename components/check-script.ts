/** The script that a booted machine must pass, and what it answers. */
import { KEY_FILE } from "../contract/key-file";
import { LAST_LINES } from "../provider/last-lines";
import { quote } from "../provider/shell";

export interface CheckArgs {
  /** Build key, 64 hex digits. */
  readonly key: string;
  /** Shell commands that must succeed as root. */
  readonly checks: readonly string[];
}

/** A check is named by so much of its text in an error. */
const NAME_LENGTH = 200;

/**
 * A POSIX shell script: says each thing that is wrong on standard error, of a failed check its last lines; answers seconds
 * from power-on to running. It is one function, so that nothing that it runs can read the rest of it.
 */
export function checkScript({ key, checks }: CheckArgs): string {
  const runs = checks.map(
    (check) =>
      `( ${check}\n) </dev/null >"$said" 2>&1 || wrong_check ${quote(`the check failed: ${shortened(check)}`)}`,
  );
  return `set -u
failures=0
said=$(mktemp)
wrong() { echo "$1" >&2; failures=$((failures + 1)); }
wrong_check() { wrong "$1"; last_lines "$said" >&2; }
${LAST_LINES}

main() {
state=$(systemctl is-system-running --wait)
if [ "$state" != running ]; then
  wrong "the system is $state: $(systemctl list-units --state=failed --no-legend --plain | cut -d' ' -f1 | tr '\\n' ' ')"
fi
found=$(cat ${KEY_FILE} 2>/dev/null || echo none)
[ "$found" = ${key} ] || wrong "this is another image: its build key is $found, not ${key}"
${runs.join("\n")}
rm -f "$said"
[ "$failures" = 0 ] || exit 1
systemctl show --property=FinishTimestampMonotonic --value | awk '{ printf "%.1f\\n", $1 / 1e6 }'
}
main </dev/null
`;
}

function shortened(check: string): string {
  return check.length > NAME_LENGTH ? `${check.slice(0, NAME_LENGTH)}... (${check.length} characters)` : check;
}
