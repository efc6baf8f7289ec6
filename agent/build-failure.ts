import { StepError } from "./job";
import { FINAL_BUILD_ERROR } from "./spec";
import type { RunResult } from "./machine";
import { TAIL_LINES } from "./processes";

/** What registries, mirrors and the network say when the Containerfile is not to blame. Lower case. */
const PASSING = [
  "initializing source",
  "pinging container registry",
  "reading manifest",
  "reading blob",
  "copying system image from manifest",
  "unable to copy from source",
  "toomanyrequests",
  "too many requests",
  "tls handshake timeout",
  "i/o timeout",
  "dial tcp",
  "connection refused",
  "connection reset by peer",
  "connection timed out",
  "network is unreachable",
  "no route to host",
  "unexpected eof",
  "no such host",
  "could not resolve host",
  "temporary failure resolving",
  "temporary failure in name resolution",
  "curl error",
  "failed to download metadata",
  "failed to fetch http",
  "no space left on device",
  "disk quota exceeded",
  "out of memory",
  "cannot allocate memory",
];

/**
 * Makes the error of a failed `podman build`. A Containerfile that fails will fail again: permanent. A registry, a
 * mirror, a full disk or a kill is not the Containerfile's: in doubt it is tried again, which costs time only.
 */
export function explainBuildFailure(result: RunResult, lines: readonly string[]): StepError {
  const lastStep = lines.findLastIndex((line) => /^STEP \d+/.test(line));
  const step = lines[lastStep];
  const tail = lines.slice(-TAIL_LINES);
  // What failed is said in the last lines, but which step it was may have scrolled away.
  if (step !== undefined && lastStep < lines.length - TAIL_LINES) tail.splice(0, 1, step);
  const end = tail.join("\n").toLowerCase();
  // 137: SIGKILL, which is how the kernel ends what takes too much memory.
  const killed = result.code === null || /exit status 137|signal: killed/.test(end);
  const passing = killed || PASSING.some((words) => end.includes(words));
  const how = result.reason ?? `exit status ${result.code}`;
  const where = step === undefined ? "podman build" : step;
  const what = passing ? "the network, a registry or the machine failed it; it can be tried again" : FINAL_BUILD_ERROR;
  return new StepError(`${what}: ${where}: ${how}`, { tail, permanent: !passing });
}
