import type { Put, PutAnswer, PutRequest, Run } from "./machine";
import { CommandError } from "./processes";
import { runWatched } from "./watched";

const CONNECT_S = 30;
/** Silence on the connection for so long means that it is dead. */
const SILENCE_S = 60;
/** Servers that do not know `Expect` are given the body after this. */
const CONTINUE_S = 3;
const ANSWER_LIMIT = 16 * 1024;

/** curl's exit statuses for a connection that broke while it was written to or read from. */
const BROKEN = [55, 56];
/** What a signature gets that the server does not take, or a bucket that is not there. */
const REFUSALS = [401, 403, 404];
/** A body of nothing is a whole disk to a server that looks at no checksum: one that takes disks takes none of this type. */
const NO_DISK = { "Content-Type": "application/x-www-form-urlencoded" };

/**
 * PUT by curl. The body waits for the server's "100 Continue", so that a refusal costs no upload; the URL goes over
 * standard input.
 */
export function curlPut(run: Run): Put {
  return async (request) => {
    const sent = await curl(run, request, { "upload-file": request.path });
    if (sent.answer) return sent.answer;
    // Some servers ask for the body, refuse it by its first bytes (versitygw) and reset the connection: why is lost then. A
    // body of nothing is refused for the same reason, for its checksum, or for its type.
    const question = { ...request, headers: { ...request.headers, ...NO_DISK } };
    const asked = BROKEN.includes(sent.code ?? 0) ? await curl(run, question, { request: "PUT", data: "" }) : undefined;
    if (asked?.answer && REFUSALS.includes(asked.answer.status)) return asked.answer;
    throw new Error(sent.why);
  };
}

interface Tried {
  readonly answer?: PutAnswer;
  readonly code: number | null;
  readonly why: string;
}

async function curl(run: Run, request: PutRequest, body: Readonly<Record<string, string>>): Promise<Tried> {
  const { url, path, headers, ...reading } = request;
  reading.signal.throwIfAborted();
  const config = Object.entries({
    ...{ url, ...body },
    "write-out": "\n%{http_code}",
    "connect-timeout": String(CONNECT_S),
    "expect100-timeout": String(CONTINUE_S),
    "speed-limit": "1",
    "speed-time": String(SILENCE_S),
  });
  const header = Object.entries({ ...headers, Expect: "100-continue" });
  const lines = [...config, ...header.map(([name, value]) => ["header", `${name}: ${value}`] as const)];
  const stdin = lines.map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`).join("");
  // -q: nobody's ~/.curlrc has a say.
  const result = await runWatched(["curl", "-q", "--silent", "--show-error", "--globoff", "--config", "-"], {
    ...reading,
    from: path,
    run: (command, args, options) => run(command, args, { ...options, stdin }),
  });
  reading.signal.throwIfAborted();
  const end = result.stdout.lastIndexOf("\n");
  const status = Number(result.stdout.slice(end + 1));
  const said = result.tail.filter((line) => line.startsWith("curl: ")).join(" ");
  const tried = { code: result.code, why: said || new CommandError("curl", result).message };
  // A refusal counts also when the connection broke over it: servers close on a body that they do not want. Of a curl that
  // was ended while it printed, the last line is no status.
  const isAnswer = status >= 300 || (status >= 200 && result.code === 0);
  if (!isAnswer) return tried;
  return { ...tried, answer: { status, text: result.stdout.slice(0, Math.min(Math.max(end, 0), ANSWER_LIMIT)) } };
}
