import type { EngineEvent } from "@pulumi/pulumi/automation";
import { expect, test } from "vitest";
import { StatusLine, eventText, plain } from "./progress";

const event = (parts: object): EngineEvent => ({ sequence: 0, timestamp: 0, ...parts });
const said = (message: string, more: object = {}): EngineEvent =>
  event({ diagnosticEvent: { message, color: "never", severity: "info", ...more } });

test("what a resource says is shown; passing text is not for the log", () => {
  expect(eventText(said("disk 1.2/3.0 GB\n", { ephemeral: true }))).toEqual({
    text: "disk 1.2/3.0 GB",
    lasting: false,
  });
  expect(eventText(said("STEP 1\nSTEP 2\n"))).toEqual({ text: "STEP 1\nSTEP 2", lasting: true });
});

test("debug text and empty text say nothing", () => {
  expect(eventText(said("Registering", { severity: "debug" }))).toBeUndefined();
  expect(eventText(said(" \n"))).toBeUndefined();
  expect(eventText(said("update failed", { severity: "error" }))).toBeUndefined();
});

test("steps are words; stacks and providers are no news", () => {
  const step = (op: string, type: string): EngineEvent =>
    event({ resourcePreEvent: { metadata: { op, type, urn: `urn:pulumi:s::p::${type}::worker` } } });
  expect(eventText(step("create", "libvirt:index/domain:Domain"))?.text).toBe("creating Domain worker");
  expect(eventText(step("same", "libvirt:index/domain:Domain"))).toBeUndefined();
  expect(eventText(step("create", "pulumi:pulumi:Stack"))).toBeUndefined();
  expect(eventText(step("create", "pulumi:providers:aws"))).toBeUndefined();
});

test("colours go, in both their forms", () => {
  expect(plain("\u001b[1;31mred\u001b[0m <{%fg 2%}>green<{%reset%}>\rnext ")).toBe("red green\nnext");
});

test("at most twice a second, the newest wins, the last is never lost", () => {
  const shown: string[] = [];
  let now = 0;
  let timer: (() => void) | undefined;
  const line = new StatusLine((text) => shown.push(text), {
    now: () => now,
    later: (_ms, then) => {
      timer = then;
      return () => (timer = undefined);
    },
  });
  line.say("a");
  line.say("b");
  line.say("c");
  expect(shown).toEqual(["a"]);
  now = 500;
  timer?.();
  expect(shown).toEqual(["a", "c"]);
  now = 2000;
  line.say("c");
  line.say("first\nlast");
  expect(shown).toEqual(["a", "c", "last"]);
});
