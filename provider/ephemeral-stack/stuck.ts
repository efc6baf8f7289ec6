/** What is made in seconds or never: some plugins wait for ever for an answer that they have lost. */
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { nameOf } from "../../contract/urn";

/** Minutes after which a resource of a quick type counts as never made. */
const QUICK_MINUTES = 3;

/** Another attempt may end otherwise. */
export class StuckError extends Error {
  constructor(
    readonly type: string,
    urn: string,
  ) {
    super(
      `${type} ${nameOf(urn)} was not made within ${QUICK_MINUTES} minutes, and takes seconds: its plugin does not answer`,
    );
    this.name = "StuckError";
  }
}

export class StuckWatch {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private controller = new AbortController();

  /** @param types of resource that are made in seconds */
  constructor(private readonly types: readonly string[]) {}

  /** @param work is told, with a `StuckError`, when a resource that it makes hangs */
  async guard(work: (when: AbortSignal) => Promise<void>): Promise<void> {
    this.controller = new AbortController();
    try {
      await work(this.controller.signal);
    } finally {
      for (const timer of this.timers.values()) clearTimeout(timer);
      this.timers.clear();
    }
  }

  hear({ resourcePreEvent: begins, resOutputsEvent: done, resOpFailedEvent: failed }: EngineEvent): void {
    const ended = done ?? failed;
    if (ended !== undefined) clearTimeout(this.timers.get(ended.metadata.urn));
    if (begins === undefined || !this.types.includes(begins.metadata.type)) return;
    const { urn, type } = begins.metadata;
    const { controller } = this;
    clearTimeout(this.timers.get(urn));
    const timer = setTimeout(() => controller.abort(new StuckError(type, urn)), QUICK_MINUTES * 60_000);
    this.timers.set(urn, timer);
  }
}
