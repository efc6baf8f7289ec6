import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BlockCredentials } from "../../ebs";
import { readJson, writeJson } from "../../contract/json-file";
import type { Clock } from "../machine/machine";

/** What the agent says it needs; no secret. */
interface Wanted {
  /** Access key ids that the service has refused. */
  readonly refused: readonly string[];
}

const LOOK_MS = 300;
/** How long somebody may take to give credentials. */
const PATIENCE_MS = 10 * 60_000;
/** New ones are asked for while the old ones still live for so long. */
const AHEAD_MS = 10 * 60_000;
/** Credentials that end so soon are not worth beginning with. */
const LEAST_MS = 60_000;

/**
 * Two files in a job's folder, which is on tmpfs and its owner's only: `credentials.json`, written by `agent feed`, and
 * `credentials-wanted.json`, written by the agent. Nothing is asked for before the agent has something to upload: while
 * a stranger's Containerfile is built there are no credentials on the machine.
 */
export class CredentialsFiles {
  private readonly credentials: string;
  private readonly wanted: string;
  private readonly refused: string[] = [];

  constructor(
    folder: string,
    private readonly clock: Clock,
  ) {
    this.credentials = join(folder, "credentials.json");
    this.wanted = join(folder, "credentials-wanted.json");
  }

  /** Waits for credentials that the service has not refused. */
  async get(refused: BlockCredentials | undefined, signal: AbortSignal): Promise<BlockCredentials> {
    if (refused !== undefined) this.refused.push(refused.accessKeyId);
    await writeJson(this.wanted, { refused: this.refused } satisfies Wanted);
    for (const until = this.clock.now() + PATIENCE_MS; ;) {
      signal.throwIfAborted();
      const found = await this.read();
      if (found !== undefined && this.isGood(found, this.refused, LEAST_MS)) return found;
      if (this.clock.now() > until) {
        throw new Error(
          `nobody gave ${found === undefined ? "" : "fresh "}AWS credentials for ${PATIENCE_MS / 60_000} minutes; they are given by the program that started this build: run it again`,
        );
      }
      await this.clock.sleep(LOOK_MS);
    }
  }

  /** Does somebody have to give credentials now? */
  async areWanted(): Promise<boolean> {
    const wanted = await readJson<Wanted>(this.wanted);
    if (wanted === undefined) return false;
    const found = await this.read();
    return found === undefined || !this.isGood(found, wanted.refused, AHEAD_MS);
  }

  /** Takes credentials as one line of JSON; the line is in no error. */
  async write(line: string): Promise<void> {
    const credentials = parseCredentials(line);
    if (credentials === undefined) {
      throw new Error(
        "what was given is not one line of JSON with accessKeyId, secretAccessKey, sessionToken and expiresAt",
      );
    }
    await writeJson(this.credentials, credentials);
  }

  async remove(): Promise<void> {
    await rm(this.wanted, { force: true });
    await rm(this.credentials, { force: true });
  }

  private async read(): Promise<BlockCredentials | undefined> {
    const text = await readFile(this.credentials, "utf8").catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return undefined;
      throw cause;
    });
    return text === undefined ? undefined : parseCredentials(text);
  }

  private isGood({ accessKeyId, expiresAt }: BlockCredentials, refused: readonly string[], leastMs: number): boolean {
    if (refused.includes(accessKeyId)) return false;
    return expiresAt === undefined || Date.parse(expiresAt) - this.clock.now() > leastMs;
  }
}

function parseCredentials(text: string): BlockCredentials | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, and the text is secret.
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = value as Readonly<Record<string, unknown>>;
  if (typeof accessKeyId !== "string" || typeof secretAccessKey !== "string") return undefined;
  if (sessionToken !== undefined && typeof sessionToken !== "string") return undefined;
  if (expiresAt !== undefined && (typeof expiresAt !== "string" || Number.isNaN(Date.parse(expiresAt))))
    return undefined;
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}
