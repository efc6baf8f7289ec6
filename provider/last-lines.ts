/**
 * A shell function for scripts that run by @pulumi/command: the end of a file. That plugin stops reading for good at a line
 * of more than 64 KiB in a stream that it logs, and puts all of a failed command's output into the error; so what a user's
 * command prints goes to a file, and what people read of it is short.
 */
const KEPT_BYTES = 16 * 1024;
const KEPT_LINES = 40;

/** POSIX: `last_lines FILE` prints the last lines of it, and says what it left out; no line is longer than 16 KiB. */
export const LAST_LINES = `last_lines() {
  size=$(wc -c <"$1")
  [ "$size" -le ${KEPT_BYTES} ] || echo "[cut: the first $((size - ${KEPT_BYTES})) bytes of $size are left out]"
  tail -c ${KEPT_BYTES} "$1" | tail -n ${KEPT_LINES}
  echo
}`;
