/** Events of the inner engine as the outer resource's status line: short, newest first, not too many. */
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { nameOf } from "../../contract/urn";

/** What an event says to a person; undefined if nothing. */
export function eventText(event: EngineEvent): { readonly text: string; readonly lasting: boolean } | undefined {
  const { diagnosticEvent: said, resourcePreEvent: begins, resOpFailedEvent: failed, policyEvent: rule } = event;
  if (said !== undefined) {
    // The SDK's type does not know "debug", which the engine sends a lot of.
    if (!SHOWN.has(said.severity)) return undefined;
    const text = plain(said.message);
    return text === "" || text === "update failed" ? undefined : { text, lasting: said.ephemeral !== true };
  }
  if (begins !== undefined) {
    const { op, type, urn } = begins.metadata;
    const verb = VERBS[op];
    return verb === undefined || isScaffold(type) ? undefined : { text: `${verb} ${what(type, urn)}`, lasting: true };
  }
  if (failed !== undefined) {
    const { op, type, urn } = failed.metadata;
    return { text: `failed: ${VERBS[op] ?? op} ${what(type, urn)}`, lasting: true };
  }
  if (rule !== undefined) {
    const resource = rule.resourceUrn ? nameOf(rule.resourceUrn) : "the stack";
    return {
      text: `[${rule.enforcementLevel}] ${rule.policyName} (${resource}): ${plain(rule.message)}`,
      lasting: true,
    };
  }
  return undefined;
}

const SHOWN: ReadonlySet<string> = new Set(["info", "info#err", "warning", "error"]);

const VERBS: Readonly<Record<string, string>> = {
  create: "creating",
  update: "updating",
  delete: "deleting",
  replace: "replacing",
  "create-replacement": "creating",
  "delete-replaced": "deleting",
  read: "reading",
};

/** The stack itself and providers: no news for anybody. */
function isScaffold(type: string): boolean {
  return type === "pulumi:pulumi:Stack" || type.startsWith("pulumi:providers:");
}

function what(type: string, urn: string): string {
  return `${type.split(":").pop() ?? type} ${nameOf(urn)}`;
}

/** Without colours, Pulumi's own colour tags, carriage returns and outer blanks. */
export function plain(text: string): string {
  return text
    .replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, "")
    .replaceAll(/<\{%[a-z0-9 _-]*%\}>/gi, "")
    .replaceAll("\r\n", "\n")
    .replaceAll("\r", "\n")
    .trim();
}

export interface Timers {
  now(): number;
  later(ms: number, then: () => void): () => void;
}

export const realTimers: Timers = {
  now: () => Date.now(),
  later: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

const EVERY_MS = 500;
const MAX_LENGTH = 160;

/** Shows the newest text at most twice a second; the last one always. */
export class StatusLine {
  private shownAt = -Infinity;
  private waiting: string | undefined;
  private cancelTimer: (() => void) | undefined;
  private last: string | undefined;

  constructor(
    private readonly show: (text: string) => void,
    private readonly timers: Timers = realTimers,
  ) {}

  say(text: string): void {
    const line = (text.split("\n").pop() ?? "").trim().slice(0, MAX_LENGTH);
    if (line === "") return;
    this.waiting = line;
    if (this.cancelTimer) return;
    const wait = this.shownAt + EVERY_MS - this.timers.now();
    if (wait <= 0) this.flush();
    else this.cancelTimer = this.timers.later(wait, () => this.flush());
  }

  /** Shows what waits, now. */
  flush(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    const line = this.waiting;
    this.waiting = undefined;
    if (line === undefined || line === this.last) return;
    this.last = line;
    this.shownAt = this.timers.now();
    this.show(line);
  }
}
