/** Programs that keep credentials: `docker-credential-NAME`, found on PATH (github.com/docker/docker-credential-helpers). */
import { spawn } from "node:child_process";
import type { Credentials } from "./credential";

const TIMEOUT_MS = 30_000;
/** Of its output and of its errors: a token has some thousands. */
const MOST_BYTES = 2 ** 20;

export interface HelperQuestion {
  readonly helper: string;
  readonly registry: string;
  /** The file that names the helper. */
  readonly file: string;
}

/**
 * Undefined where the helper knows nothing of the registry.
 * @throws if it is missing or fails, with what it said on standard error; what it prints is a secret
 */
export async function askHelper({ helper, registry, file }: HelperQuestion): Promise<Credentials | undefined> {
  const command = `docker-credential-${helper}`;
  const problem = (what: string, cause?: unknown): Error =>
    new Error(`the credential helper ${command}, named for ${registry} in ${file}, ${what}`, { cause });
  const { code, out, err } = await run(command, registry).catch((cause: unknown) => {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw problem(code === "ENOENT" ? "is not on PATH; install it, or log in without it" : `can't be run: ${message}`);
  });
  if (code !== 0) {
    // The one message that helpers agree on goes to standard output.
    if (/^credentials not found/i.test(out.trim()) || /credentials not found/i.test(err)) return undefined;
    throw problem(
      `failed (${code === null ? "killed, or no answer in time" : `exit status ${code}`}): ${err.trim() || "it said nothing"}`,
    );
  }
  const answer = parsed(out);
  if (answer === undefined) throw problem("printed no credentials; try it by hand");
  const { user, secret } = answer;
  if (secret === "") return undefined;
  return user === "<token>" ? { kind: "identity", token: secret } : { kind: "password", user, password: secret };
}

function parsed(text: string): { user: string; secret: string } | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value !== "object" || value === null) return undefined;
    const { Username, Secret } = value as { readonly Username?: unknown; readonly Secret?: unknown };
    return typeof Username === "string" && typeof Secret === "string" ? { user: Username, secret: Secret } : undefined;
  } catch {
    // The parser's message quotes the text, which is a secret.
    return undefined;
  }
}

function run(command: string, input: string): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, ["get"], { stdio: ["pipe", "pipe", "pipe"], timeout: TIMEOUT_MS });
    const [out, err]: [string[], string[]] = [[], []];
    for (const [stream, parts] of [
      [child.stdout, out],
      [child.stderr, err],
    ] as const) {
      let bytes = 0;
      stream.on("data", (part: Buffer) => {
        bytes += part.length;
        if (bytes <= MOST_BYTES) parts.push(part.toString());
        else if (child.kill("SIGKILL")) reject(new Error(`it printed more than ${MOST_BYTES} bytes`));
      });
    }
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out: out.join(""), err: err.join("") }));
    // A helper that ends without reading has said what it has to say.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
