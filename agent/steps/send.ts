import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Job } from "../job/job";
import { NotSupplied } from "../job/supplies";
import { StepError } from "../job/step-error";
import type { PutAnswer } from "../machine/machine";
import { shownUrl } from "../job/redact";
import type { StoredDocument } from "../../contract/commit-record";

export interface Sending {
  /** Key in the store, for messages. */
  readonly object: string;
  /** Where to, asked for before each try. All of it is secret. */
  readonly target: () => Promise<{ readonly url: string; readonly headers?: Readonly<Record<string, string>> }>;
  /** The file to send. */
  readonly path: string;
  /** Of the file, base64: the receiver looks at it. @default nobody does until the sums are compared */
  readonly md5?: string;
  readonly type: string;
  /** @default the job's */
  readonly signal?: AbortSignal;
  readonly onStart?: (pid: number) => Promise<void>;
  readonly onProgress?: (bytes: number) => void;
  /** What a refusal means, or no answer at all. @default network errors, 429 and 5xx pass, nothing else does */
  readonly judge?: (status: number | undefined) => Promise<"again" | "done" | "final">;
}

const TRIES = 6;
const FIRST_WAIT_MS = 1000;

/** Puts one object; what passes is tried again. */
export async function send(job: Job, what: Sending): Promise<void> {
  const { signal = job.signal } = what;
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    const failed = await tryOnce(job, what, signal);
    if (failed === undefined) return;
    const message = `${what.object}: ${failed.message}`;
    if (!failed.again) throw new StepError(message);
    if (attempt === TRIES) throw new StepError(`${message} (tried ${TRIES} times)`);
    job.output(`${message}; try ${attempt} of ${TRIES}`);
    // Twice as long each time, and not in step with others.
    await job.machine.clock.sleep(FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2));
  }
}

/** Puts a small document, which is kept in the work folder under this name too. */
export async function sendJson(
  job: Job,
  name: string,
  text: string,
  { url, ...place }: Pick<Sending, "object" | "onStart"> & { readonly url: () => Promise<string> },
): Promise<StoredDocument> {
  const path = join(job.work, name);
  await mkdir(job.work, { recursive: true, mode: 0o700 });
  await writeFile(path, text);
  await send(job, {
    ...place,
    target: async () => ({ url: await url() }),
    path,
    md5: createHash("md5").update(text).digest("base64"),
    type: "application/json",
  });
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { object: place.object, sizeBytes: Buffer.byteLength(text), sha256 };
}

interface Failure {
  readonly message: string;
  readonly again: boolean;
}

async function tryOnce(job: Job, what: Sending, signal: AbortSignal): Promise<Failure | undefined> {
  let target: Awaited<ReturnType<Sending["target"]>>;
  try {
    target = await what.target();
  } catch (error) {
    // The caller may be writing the file just now; whoever has waited for a supply in vain waits no second time.
    return { message: textOf(error), again: !(error instanceof NotSupplied) };
  }
  const { path, onStart, judge = passes } = what;
  const { url } = target;
  const checked = what.md5 === undefined ? {} : { "Content-MD5": what.md5 };
  const headers = { ...checked, "Content-Type": what.type, ...target.headers };
  const onProgress = what.onProgress ?? (() => undefined);
  let answer: PutAnswer;
  try {
    answer = await job.machine.put({
      url,
      headers,
      path,
      onProgress,
      timeoutMs: job.timeoutMs,
      signal,
      ...(onStart && { onStart }),
    });
  } catch (error) {
    signal.throwIfAborted();
    const again = (await judge(undefined)) === "again";
    return { message: job.folder.clean(`no answer from ${shownUrl(url)}: ${textOf(error)}`), again };
  }
  if (answer.status >= 200 && answer.status < 300) return undefined;
  const message = `${shownUrl(url)} ${explain(answer)}`;
  if (answer.status === 400 && ON_THE_WAY.includes(field(answer.text, "Code")))
    return { message: job.folder.clean(message), again: true };
  const verdict = await judge(answer.status);
  return verdict === "done" ? undefined : { message: job.folder.clean(message), again: verdict === "again" };
}

/** Of the default: what another try may mend. */
export function passes(status: number | undefined): Promise<"again" | "final"> {
  return Promise.resolve(status === undefined || status === 429 || status >= 500 ? "again" : "final");
}

/** What S3 says with 400 where the bytes were lost on the way. Source: S3 API reference, "Error responses". */
const ON_THE_WAY = ["IncompleteBody", "RequestTimeout"];

const field = (text: string, name: string): string =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]?.slice(0, 300) ?? "";

const textOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error));

/** S3 answers with XML that quotes the request, signature and all: only two fields of it are shown. */
function explain({ status, text }: PutAnswer): string {
  const said = [field(text, "Code"), field(text, "Message")].filter(Boolean).join(": ");
  const advice =
    status === 403
      ? "; the presigned URL has run out, or its signer may not write there: run it again for a fresh one"
      : "";
  return `answered ${status}${said === "" ? "" : ` ${said}`}${advice}`;
}
