import { appendFileSync, statSync } from "node:fs";
import { chmod, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ProcessId } from "../machine/alive";
import { type AgentResult, RESULT_FILE } from "../../contract/agent-result";
import { readJson, writeJson } from "../../contract/json-file";
import { parseSpec } from "../../contract/parse-agent-spec";
import { hideAll, secretsOf } from "./redact";
import type { AgentEvent } from "../../contract/agent-events";
import { type AgentSpec, SPEC_FILE } from "../../contract/agent-spec";
import { hiddenTexts, SECRETS_FILE, type BuildSecrets } from "../../contract/build-secrets";
import { LOGIN_FILE, loginSecrets, type LoginFile } from "../../contract/registry-login";

/** Who works on a job now. */
export interface Owner extends ProcessId {
  readonly key: string;
}

/** Output of commands goes to the event log up to here; the last lines of a failure are kept in any case. */
const OUTPUT_LIMIT_BYTES = 32 * 1024 * 1024;

/**
 * The folder of one job, on tmpfs and for its owner only: `spec.json` (secret), `events.jsonl`, `result.json`.
 * Nothing that is written here by the agent holds a presigned URL.
 */
export class JobFolder {
  readonly specPath: string;
  readonly eventsPath: string;
  readonly resultPath: string;
  readonly agentLogPath: string;
  private readonly hidden = new Set<string>();
  private redact = hideAll(this.hidden);
  private outputBytes: number | undefined;

  constructor(readonly path: string) {
    this.specPath = join(path, SPEC_FILE);
    this.resultPath = join(path, RESULT_FILE);
    this.eventsPath = join(path, "events.jsonl");
    this.agentLogPath = join(path, "agent.log");
  }

  /** Reads and checks the spec; called again for fresh URLs, since the caller may have written new ones. */
  async spec(): Promise<AgentSpec> {
    const spec = parseSpec(await readFile(this.specPath, "utf8"), this.specPath);
    const presigned = spec.uploads.flatMap((upload) => (upload.format === "raw.zst" ? [upload] : []));
    const { packages, statements, record } = spec;
    const small = [packages, statements?.sbom, statements?.provenance, record].filter((one) => one !== undefined);
    this.hide(secretsOf([...presigned, ...small].map(({ url }) => url)));
    const logins = await this.logins();
    if (logins !== undefined) this.hide(loginSecrets(logins));
    this.hide(hiddenTexts(await this.buildSecrets()));
    return spec;
  }

  /** What the caller has sent for `RUN --mount=type=secret`. */
  async buildSecrets(): Promise<BuildSecrets> {
    return (await readJson<BuildSecrets>(join(this.path, SECRETS_FILE))) ?? {};
  }

  /** What the caller has sent to pull with. */
  logins(): Promise<LoginFile | undefined> {
    return readJson<LoginFile>(join(this.path, LOGIN_FILE));
  }

  /** Makes the folder its owner's alone. */
  async protect(): Promise<void> {
    await chmod(this.path, 0o700);
    await chmod(this.specPath, 0o600);
  }

  /** Appends to the event log. Synchronous: one writer, short lines, memory behind it, and the order is kept. */
  event(event: AgentEvent): void {
    const line = `${JSON.stringify({ ...event, text: this.redact(event.text) })}\n`;
    if (event.output === true && !this.outputFits(line.length, event)) return;
    appendFileSync(this.eventsPath, line, { mode: 0o600 });
  }

  private outputFits(bytes: number, event: AgentEvent): boolean {
    this.outputBytes ??= statSync(this.eventsPath, { throwIfNoEntry: false })?.size ?? 0;
    const before = this.outputBytes;
    this.outputBytes += bytes;
    if (before <= OUTPUT_LIMIT_BYTES && this.outputBytes > OUTPUT_LIMIT_BYTES)
      appendFileSync(this.eventsPath, `${JSON.stringify({ ...event, text: "(more output is not logged)" })}\n`);
    return this.outputBytes <= OUTPUT_LIMIT_BYTES;
  }

  result(): Promise<AgentResult | undefined> {
    return readJson<AgentResult>(this.resultPath);
  }

  async writeResult(result: AgentResult): Promise<void> {
    const clean = result.ok
      ? result
      : { ...result, error: this.redact(result.error), tail: result.tail.map((line) => this.redact(line)) };
    await writeJson(this.resultPath, clean);
  }

  async removeResult(): Promise<void> {
    await rm(this.resultPath, { force: true });
  }

  owner(): Promise<Owner | undefined> {
    return readJson<Owner>(join(this.path, "run.json"));
  }

  async writeOwner(owner: Owner): Promise<void> {
    await writeJson(join(this.path, "run.json"), owner);
  }

  /** The command that runs now, for an agent that comes after this one. */
  child(): Promise<ProcessId | undefined> {
    return readJson<ProcessId>(join(this.path, "child.json"));
  }

  async writeChild(child: ProcessId): Promise<void> {
    await writeJson(join(this.path, "child.json"), child);
  }

  /** When this job was first started here; noted by the first call. Milliseconds since 1970. */
  async firstStart(now: number): Promise<number> {
    const path = join(this.path, "first-start.json");
    const noted = await readJson<{ at: number }>(path);
    if (noted === undefined) await writeJson(path, { at: now });
    return noted?.at ?? now;
  }

  /** Blanks these out too, from now on. Told the same before each part of a disk, it takes them once. */
  hide(secrets: readonly string[]): void {
    const before = this.hidden.size;
    for (const secret of secrets) this.hidden.add(secret);
    if (this.hidden.size > before) this.redact = hideAll(this.hidden);
  }

  /** The same text without the secrets of the spec and of credentials. */
  clean(text: string): string {
    return this.redact(text);
  }
}
