import { CERTAINLY_FINAL, FINAL, GAVE_UP, KILLED_BELOW, MISSING, NOISE, NOTHING_FETCHED, PASSING } from "./build-words";
import { statusClass, TRIED_AGAIN, WENT_ON } from "./build-words";
import { StepError } from "../job/step-error";
import { FINAL_BUILD_ERROR } from "../../contract/agent-result";
import type { RunResult } from "../machine/machine";
import { TAIL_LINES } from "../machine/processes";

/** `STEP 2/3: RUN x`, and with several stages `[1/2] STEP 2/3: RUN x`: what a build prints itself may have steps, too. */
export const STEP_LINE =
  /^(\[\d+\/\d+\] )?STEP \d+(\/\d+)?: (ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)\b/i;

/** What a failure is: `passing` may go well at the next attempt, `final` will not. */
type FailureClass = "passing" | "final";

/**
 * Makes the error of a failed `podman build`. A Containerfile that fails will fail again: permanent. A registry, a
 * mirror, a full disk or a kill is not the Containerfile's: in doubt it is tried again, which costs time only.
 */
export function explainBuildFailure(result: RunResult, lines: readonly string[]): StepError {
  const lastStep = lines.findLastIndex((line) => STEP_LINE.test(line));
  const step = lines[lastStep];
  const tail = lines.slice(-TAIL_LINES);
  // What failed is said in the last lines, but which step it was may have scrolled away.
  if (step !== undefined && lastStep < lines.length - TAIL_LINES) tail.splice(0, 1, step);
  const passing = result.code === null || classify(lines.slice(lastStep + 1), result.code, step) === "passing";
  const how = result.reason ?? `exit status ${result.code}`;
  const where = step === undefined ? "podman build" : step;
  const what = passing ? "the network, a registry or the machine failed it; it can be tried again" : FINAL_BUILD_ERROR;
  return new StepError(`${what}: ${where}: ${how}`, { tail, permanent: !passing });
}

/** 137: SIGKILL, which is how the kernel ends what takes too much memory. 143: SIGTERM, as at a shutdown. */
const KILLED = /exit status (137|143)\b|signal: (killed|terminated)/;
/** Exit statuses of curl for a connection that failed; a silent curl says nothing else. */
const CURL_CONNECTION = [5, 6, 7, 18, 28, 35, 52, 55, 56, 92];

/** @param lines what the step that failed has said, with podman's own words at the end */
function classify(lines: readonly string[], code: number, step = ""): FailureClass {
  const said = [...lines];
  const podman = said.findLastIndex((line) => /^Error: /.test(line) && line.includes(" STEP "));
  // The step is quoted there, and what a Containerfile has in it is nobody's answer.
  const wrapper = podman === -1 ? "" : (said.splice(podman)[0] ?? "").replace(/building at STEP ".*": /s, "");
  if (KILLED.test(wrapper || (said.at(-1) ?? "")) || code === 137 || code === 143) return "passing";
  const own = wrapper.replace(/while running runtime: exit status \d+/, "");
  const decided = wordsOf(own) ?? fromTheEnd(said.map((line) => line.toLowerCase()));
  if (decided !== undefined) return decided;
  return /\bcurl\b/.test(step) && CURL_CONNECTION.includes(code) ? "passing" : "final";
}

/** So much is read above the last line: a line that names another error counts for three. */
const MOST_UNKNOWN = 9;
const NAMES_AN_ERROR = /\b(error|fatal|failed|cannot|unknown|invalid|undefined|unexpected|traceback|exception)\b/;

/** The last words that say what it was; undefined where none do. */
function fromTheEnd(lines: readonly string[]): FailureClass | undefined {
  let unknown = 0;
  let triedAgain = false;
  let gaveUp = false;
  for (let at = lines.length - 1; at >= 0 && unknown < MOST_UNKNOWN; at--) {
    const line = (lines[at] ?? "").trim();
    if (KILLED_BELOW.test(line)) return "passing";
    gaveUp ||= GAVE_UP.test(line);
    const again = TRIED_AGAIN.test(line);
    if (!again && NOISE.some((words) => words.test(line))) continue;
    if (WENT_ON.test(line)) return undefined;
    // As the last word it says that the step ended trying.
    if (again && !gaveUp && unknown > 0) {
      triedAgain = true;
      continue;
    }
    const found = wordsOf(line);
    // What came before another try has not ended the step.
    if (found === "passing" && triedAgain) return undefined;
    if (found === "final" && MISSING.test(line) && nothingFetched(lines.slice(0, at))) return "passing";
    if (found !== undefined) return found;
    unknown += NAMES_AN_ERROR.test(line) ? 3 : 1;
  }
  return undefined;
}

/** Was the list that something is missing from not fetched at all? */
function nothingFetched(above: readonly string[]): boolean {
  const wentOn = above.findLastIndex((line) => WENT_ON.test(line.trim()));
  return above.slice(wentOn + 1).some((line) => NOTHING_FETCHED.test(line));
}

function wordsOf(text: string): FailureClass | undefined {
  const line = text.toLowerCase();
  if (CERTAINLY_FINAL.test(line)) return "final";
  if (/rate limit|too ?many ?requests/.test(line)) return "passing";
  // A mirror in the middle of its update has a list of packages that it doesn't have: 404 of all mirrors passes.
  if (/all mirrors were|no more mirrors|failed to fetch http|librepo error/.test(line)) return "passing";
  const status = statusClass(line);
  if (status !== undefined) return status;
  if (FINAL.some((words) => words.test(line))) return "final";
  return PASSING.some((words) => words.test(line)) ? "passing" : undefined;
}
