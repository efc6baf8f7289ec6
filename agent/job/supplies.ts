import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { readJson, writeJson } from "../../contract/json-file";
import type { Denial } from "../../contract/grants";
import type { Clock } from "../machine/machine";

/** A kind of what is given to an agent while it runs: credentials of a cloud, grants. */
export interface SupplyKind<T> {
  /** Files in the job's folder begin with it. */
  readonly name: string;
  /** For people: `AWS credentials`. */
  readonly what: string;
  /** What one line of JSON holds, for people. */
  readonly form: string;
  /** @returns undefined where it has not that form; the text is secret, and in no error */
  readonly parse: (value: Readonly<Record<string, unknown>>) => T | undefined;
  /** Tells one from another; no secret. */
  readonly id: (given: T) => string;
  /** RFC 3339, as far as it is known. */
  readonly expiresAt: (given: T) => string | undefined;
}

/** What the agent says it needs; no secret. */
interface Wanted {
  /** Ids of what the service has refused. */
  readonly refused: readonly string[];
  /** For who gives it. */
  readonly wish?: object;
}

/** Nobody gives one now: whoever waited for it gives up, and does not begin to wait again. */
export class NotSupplied extends Error {}

const LOOK_MS = 300;
/** How long somebody may take to give it. */
const PATIENCE_MS = 10 * 60_000;
/** A new one is asked for while the old one still lives for so long. */
const AHEAD_MS = 10 * 60_000;
/** One that ends so soon is not worth beginning with. */
const LEAST_MS = 60_000;

/**
 * Two files in a job's folder, which is on tmpfs and its owner's only: `NAME.json`, written by `agent feed`, and
 * `NAME-wanted.json`, written by the agent. Nothing is asked for before the agent has something to upload: while a stranger's
 * Containerfile is built there are no credentials on the machine.
 */
export class Supplies<T> {
  private readonly given: string;
  private readonly wanted: string;
  private readonly refused: string[] = [];
  private isAsking = false;

  constructor(
    folder: string,
    private readonly clock: Clock,
    private readonly kind: SupplyKind<T>,
  ) {
    this.given = join(folder, `${kind.name}.json`);
    this.wanted = join(folder, `${kind.name}-wanted.json`);
  }

  /** Waits for one that the service has not refused. */
  async get(refused: T | undefined, signal: AbortSignal, wish?: object): Promise<T> {
    if (refused !== undefined) this.refused.push(this.kind.id(refused));
    const wanted: Wanted = { refused: this.refused, ...(wish !== undefined && { wish }) };
    // What was denied to an agent before this one may be given now.
    if (!this.isAsking && (await this.read()) instanceof Denied) await rm(this.given, { force: true });
    this.isAsking = true;
    await writeJson(this.wanted, wanted);
    for (const until = this.clock.now() + PATIENCE_MS; ;) {
      signal.throwIfAborted();
      const found = await this.read();
      if (found instanceof Denied) throw new NotSupplied(`${this.kind.what} are not given: ${found.why}`);
      if (found !== undefined && this.isGood(found, this.refused, LEAST_MS)) return found;
      if (this.clock.now() > until) {
        throw new NotSupplied(
          `nobody gave ${found === undefined ? "" : "fresh "}${this.kind.what} for ${PATIENCE_MS / 60_000} minutes; they are given by the program that started this build: run it again`,
        );
      }
      await this.clock.sleep(LOOK_MS);
    }
  }

  /** What somebody has to give now, for who gives it; undefined where nothing is wanted. */
  async wish(): Promise<object | undefined> {
    const wanted = await readJson<Wanted>(this.wanted);
    if (wanted === undefined) return undefined;
    const found = await this.read();
    if (found instanceof Denied) return undefined;
    const isEnough = found !== undefined && this.isGood(found, wanted.refused, AHEAD_MS);
    return isEnough ? undefined : (wanted.wish ?? {});
  }

  /** Takes one as a line of JSON, or why there is none; the line is in no error. */
  async write(line: string): Promise<void> {
    const given = this.parse(line);
    if (given === undefined) throw new Error(`what was given is not one line of JSON with ${this.kind.form}`);
    await writeJson(this.given, given instanceof Denied ? ({ denied: given.why } satisfies Denial) : given);
  }

  async remove(): Promise<void> {
    await rm(this.wanted, { force: true });
    await rm(this.given, { force: true });
  }

  private async read(): Promise<T | Denied | undefined> {
    const text = await readFile(this.given, "utf8").catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return undefined;
      throw cause;
    });
    return text === undefined ? undefined : this.parse(text);
  }

  private parse(text: string): T | Denied | undefined {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      // The parser's message quotes the text, and the text is secret.
      return undefined;
    }
    if (typeof value !== "object" || value === null) return undefined;
    if ("denied" in value && typeof value.denied === "string") return new Denied(value.denied);
    const given = this.kind.parse(value as Readonly<Record<string, unknown>>);
    const expiresAt = given === undefined ? undefined : this.kind.expiresAt(given);
    return expiresAt !== undefined && Number.isNaN(Date.parse(expiresAt)) ? undefined : given;
  }

  private isGood(given: T, refused: readonly string[], leastMs: number): boolean {
    if (refused.includes(this.kind.id(given))) return false;
    const expiresAt = this.kind.expiresAt(given);
    return expiresAt === undefined || Date.parse(expiresAt) - this.clock.now() > leastMs;
  }
}

/** Whoever gives them says that there will be none. */
class Denied {
  constructor(readonly why: string) {}
}
