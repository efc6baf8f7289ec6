/** Runs one script on a hypervisor and reads its answers. */
import { Interrupt } from "../../../../provider/handler";
import type { Run } from "../../../../provider/process";
import { hypervisor } from "./hypervisor";
import { type Answer, type Task, parseAnswer, processWords, script } from "./script";

export interface AskOptions {
  /** How long it may take. */
  readonly seconds: number;
  readonly stop?: AbortSignal;
  readonly gone?: AbortSignal;
  readonly onAnswer?: (answer: Answer) => void;
}

/** @throws Error that names the hypervisor, what was asked about, and what was wrong there */
export async function ask(run: Run, uri: string, task: Task, options: AskOptions): Promise<readonly Answer[]> {
  const { seconds, stop, gone, onAnswer } = options;
  const { command, args, virshUri } = hypervisor(uri, processWords(task));
  const late = AbortSignal.timeout(seconds * 1000);
  const answers: Answer[] = [];
  const result = await run(command, args, {
    stdin: script(virshUri, task),
    stops: [stop, gone, late].flatMap((when) => (when === undefined ? [] : [{ when, graceSeconds: 10 }])),
    onStdout: (line) => {
      const answer = parseAnswer(line);
      if (answer === undefined) return;
      answers.push(answer);
      onAnswer?.(answer);
    },
  });
  const where = [uri, ...about(task)].join(", ");
  if (stop?.aborted === true && stop.reason instanceof Interrupt) {
    if (result.code !== 0) throw new Error(`${where}: ${stop.reason.message}`, { cause: stop.reason });
  } else if (late.aborted) {
    throw new Error(`${where}: not done after ${String(seconds)} s`);
  }
  if (result.code === 0 && answers.length > 0) return answers;
  const said = result.stderr.trim();
  throw new Error(`${where}: ${said === "" ? `"${command}" ended with exit code ${String(result.code)}` : said}`);
}

function about(task: Task): readonly string[] {
  switch (task.kind) {
    case "look":
      return [`pool "${task.pool}"`];
    case "owned":
      return [];
    default:
      return [`pool "${task.pool}"`, `volume "${task.name}"`];
  }
}
