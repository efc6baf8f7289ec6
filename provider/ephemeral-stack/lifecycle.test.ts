/** The order of things, with a CLI that answers as it is told; engine tests prove that the real one answers so. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { Secret, decode } from "../codec";
import { type FakeStore, fakeCall, fakeStore } from "../fake-store";
import { Interrupt } from "../handler";
import type { Run, RunOptions, RunResult } from "../process";
import { commitRecord } from "../../contract/testing/commit-record";
import { ephemeralStackHandler } from "./handler";
import { InnerStacks } from "./inner-stacks";

const URN = "urn:pulumi:dev::outer::builders:index:EphemeralStack::a";
const STACK = "dev.a.01234567";
const RECORD = { key: "k", objects: { "raw.zst": { object: "disks/k", sizeBytes: 3 } } };

const NOW = Date.parse("2026-11-26T04:00:00Z");

let program: string;
let asked: { args: readonly string[]; options: RunOptions }[];
let answers: Record<string, (Partial<RunResult> & { readonly events?: readonly string[] })[]>;
let store: FakeStore;
let onCommand: (command: string) => void;
/** How many times from now on a command does nothing until it is stopped. */
let hangs: Record<string, number>;
/** What it says before it does nothing. */
let begins: readonly string[];

beforeEach(() => {
  program = mkdtempSync(join(tmpdir(), "builders-lifecycle-"));
  writeFileSync(join(program, "Pulumi.yaml"), "name: inner\nruntime: nodejs\n");
  asked = [];
  store = fakeStore({});
  onCommand = () => undefined;
  hangs = {};
  begins = [];
  answers = { export: [{ stdout: exported({ id: "thing-1" }) }] };
});

/** Answers in turn, the last one again and again; a command nobody spoke of succeeds. */
const run: Run = async (_command, args, options = {}) => {
  const command = args[0] === "stack" || args[0] === "config" ? (args[1] ?? "") : (args[0] ?? "");
  asked.push({ args, options });
  onCommand(command);
  const hanging = hangs[command] ?? 0;
  if (hanging > 0) {
    hangs[command] = hanging - 1;
    for (const event of begins) options.onStdout?.(event);
    const stopped = (options.stops ?? []).map(
      ({ when }) => new Promise((done) => when.addEventListener("abort", done)),
    );
    await Promise.race(stopped);
    return { code: null, stdout: "", stderr: "", killed: true };
  }
  const queue = answers[command] ?? [];
  const { events = [], ...answer } = (queue.length > 1 ? queue.shift() : queue[0]) ?? {};
  for (const event of events) options.onStdout?.(event);
  return { code: 0, stdout: "", stderr: "", killed: false, ...answer };
};

function exported(outputs: object, more: object = {}): string {
  const stack = { type: "pulumi:pulumi:Stack", urn: "urn:pulumi:s::inner::pulumi:pulumi:Stack::inner-s", outputs };
  return JSON.stringify({ version: 3, deployment: { resources: [stack], ...more } });
}

const error = (message: string): string =>
  JSON.stringify({ diagnosticEvent: { message, severity: "error", color: "never" } });

const commands = (): string[] => asked.map(({ args }) => args.slice(0, args[0] === "stack" ? 2 : 1).join(" "));

function handler(): ReturnType<typeof ephemeralStackHandler> {
  const formTags = (): never => {
    throw new Error("looks at no snapshot");
  };
  const stacks = new InnerStacks({ run, openStore: () => store, formTags, now: () => NOW });
  return ephemeralStackHandler({ stacks, now: () => NOW });
}

function inputs(more: object = {}): ReturnType<typeof decode> {
  return decode({ program, key: "0123456789abcdef", config: { plain: { a: 1 } }, ...more });
}

const withRecord = { record: { store: { bucket: "b", region: "r" }, object: "builds/k.json" } };

test("one call for each step, and the settings file goes with the stack", async () => {
  let settings = "";
  onCommand = (command) => {
    if (command === "up") settings = readFileSync(join(program, `Pulumi.${STACK}.yaml`), "utf8");
  };
  const { id, outs } = await handler().create(inputs(), fakeCall(URN));
  expect(commands()).toEqual(["stack init", "up", "stack export", "destroy"]);
  expect(settings).toContain("inner:plain:\n    a: 1\n");
  expect(existsSync(join(program, `Pulumi.${STACK}.yaml`))).toBe(false);
  expect(id).toBe(STACK);
  expect(outs).toEqual({ key: "0123456789abcdef", program, stack: STACK, outputs: { id: "thing-1" }, seconds: 0 });
});

test("secrets go over standard input, also those inside the configuration", async () => {
  const wrapped = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "hidden-too" };
  const config = { open: "yes", half: { user: "me", password: wrapped } };
  await handler().create(inputs({ config, secrets: { token: { t: "hidden" } } }), fakeCall(URN));
  const sets = asked.filter(({ args }) => args[0] === "config");
  expect(sets.map(({ options }) => options.stdin)).toEqual(['{"user":"me","password":"hidden-too"}', '{"t":"hidden"}']);
  expect(JSON.stringify(asked.map(({ args }) => args))).not.toContain("hidden");
});

test("secret outputs stay secret", async () => {
  const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", plaintext: '"s"' };
  answers.export = [{ stdout: exported({ token: secret }) }];
  const { outs } = await handler().create(inputs(), fakeCall(URN));
  expect((outs.outputs as { token: unknown }).token).toEqual(new Secret("s"));
});

test("a whole record: no stack, and a left-over one is destroyed", async () => {
  store = fakeStore({ "builds/k.json": JSON.stringify(RECORD), "disks/k": "abc" });
  const call = fakeCall(URN);
  const { outs } = await handler().create(inputs(withRecord), call);
  expect(outs.outputs).toEqual({ artifact: RECORD });
  expect(commands()).toEqual(["destroy"]);
  expect(call.said).toEqual([`destroyed left-over stack ${STACK}`]);

  answers.destroy = [{ code: 6, stderr: `error: no stack named '${STACK}' found` }];
  const quiet = fakeCall(URN);
  await handler().create(inputs(withRecord), quiet);
  expect(quiet.said).toEqual([]);
});

test("a record that is not whole: said, and the work done again", async () => {
  store = fakeStore({ "builds/k.json": JSON.stringify(RECORD) });
  onCommand = (command) => {
    if (command === "up") store.objects.set("disks/k", "abc");
  };
  const call = fakeCall(URN);
  const { outs } = await handler().create(inputs(withRecord), call);
  expect(call.said[0]).toContain("is not whole (disks/k is not there)");
  expect(outs.outputs).toEqual({ artifact: RECORD });
  expect(commands()).toEqual(["stack init", "up", "destroy"]);
});

const KEY = "0123456789abcdef".repeat(4);
const build = { key: KEY, arch: "x86_64", objects: { "raw.zst": "disks/me/k" }, identity: "abcdefgh2345" };
const ofBuild = { record: { ...withRecord.record, build } };

test("a record of a build that names what is another's: refused, said, and the work done again", async () => {
  const foreign = commitRecord(build, { objects: { "raw.zst": { object: "disks/other/k", sizeBytes: 3 } } });
  store = fakeStore({ "builds/k.json": JSON.stringify(foreign), "disks/other/k": "abc" });
  onCommand = (command) => {
    if (command !== "up") return;
    store.objects.set("disks/me/k", "abc");
    store.objects.set("builds/k.json", JSON.stringify(commitRecord(build)));
  };
  const call = fakeCall(URN);
  const { outs } = await handler().create(inputs(ofBuild), call);
  expect(call.said[0]).toContain("refused: it names disks/other/k as raw.zst, which this build was not given");
  expect(commands()).toEqual(["stack init", "up", "destroy"]);
  // The worker's clock is ten days slow, and the store's is an hour; the work was done in this run.
  expect(outs.outputs).toMatchObject({ artifact: { builtAt: "2026-11-26T04:00:00.000Z" } });
  expect(store.objects.get("disks/other/k")).toBe("abc");
  expect(store.deleted).toEqual([]);
});

test("a worker that goes on naming what is another's has failed; nothing of it is adopted", async () => {
  const foreign = commitRecord(build, { key: "f".repeat(64) });
  store = fakeStore({ "builds/k.json": JSON.stringify(foreign), "disks/me/k": "abc" });
  await expect(handler().create(inputs(ofBuild), fakeCall(URN))).rejects.toThrow(
    "the program left the record builds/k.json, but refused: it is of build ffffffff, not of 01234567",
  );
  expect(commands()).toEqual(["stack init", "up", "destroy"]);
  expect(store.deleted).toEqual([]);
});

test("a program that ends well but leaves no record has failed", async () => {
  await expect(handler().create(inputs(withRecord), fakeCall(URN))).rejects.toThrow("left no record builds/k.json");
  expect(commands()).toEqual(["stack init", "up", "destroy"]);
});

test("a second attempt goes on with what the first made, and shows in the end what each tried and its own lines", async () => {
  answers.up = [
    { code: 255, events: [error("first line"), error("first reason")] },
    { code: 255, events: [error("second reason")] },
  ];
  const failed = await handler()
    .create(inputs({ attemptNames: ["subnet-a", "subnet-b"] }), fakeCall(URN))
    .then(() => "", String);
  expect(commands()).toEqual(["stack init", "up", "refresh", "up", "destroy"]);
  expect(failed).toContain("failed, attempt 2 of 2 (subnet-b)\n  before: attempt 1 of 2 (subnet-a) failed: ");
  expect(failed).toContain("first reason");
  expect(failed).toContain("| second reason");
  expect(failed).not.toContain("first line");
});

test("the program that asks for it is told which attempt it is, and keeps its secrets", async () => {
  const settings: string[] = [];
  onCommand = (command) => {
    const file = join(program, `Pulumi.${STACK}.yaml`);
    // As the CLI does, which keeps what it does not know.
    if (command === "set") writeFileSync(file, `${readFileSync(file, "utf8")}  inner:token:\n    secure: v1:x\n`);
    if (command === "up") settings.push(readFileSync(file, "utf8"));
  };
  answers.up = [{ code: 255, events: [error("taken away")] }, {}];
  await handler().create(inputs({ attemptKey: "attempt", secrets: { token: "t" } }), fakeCall(URN));
  expect(settings.map((text) => /inner:attempt: (\d)/.exec(text)?.[1])).toEqual(["1", "2"]);
  for (const text of settings) expect(text).toContain("inner:token:\n    secure: v1:x\n");
  settings.length = 0;
  await handler().create(inputs(), fakeCall(URN));
  expect(settings.join()).not.toContain("attempt");
});

test("a left-over stack is refreshed, one with something half made is destroyed and begun again", async () => {
  answers.init = [{ code: 255, stderr: `error: stack 'organization/inner/${STACK}' already exists` }];
  await handler().create(inputs(), fakeCall(URN));
  expect(commands()).toEqual(["stack init", "stack export", "refresh", "up", "stack export", "destroy"]);

  asked = [];
  const pending = [
    { type: "creating", resource: { type: "libvirt:index/domain:Domain", urn: "urn:pulumi:s::i::t::vm" } },
  ];
  answers.export = [{ stdout: exported({}, { pending_operations: pending }) }];
  const call = fakeCall(URN);
  await handler().create(inputs(), call);
  expect(commands()).toEqual(["stack init", "stack export", "refresh", "destroy", "up", "stack export", "destroy"]);
  expect(asked.find(({ args }) => args[0] === "destroy")?.args).not.toContain("--remove");
  expect(call.said.join("\n")).toContain(
    "libvirt:index/domain:Domain vm was being created when the last run was killed",
  );
});

test("a refresh that hangs is ended and begun again; one that hangs again fails, and all is destroyed", async () => {
  vi.useFakeTimers();
  try {
    answers.init = [{ code: 255, stderr: `error: stack 'organization/inner/${STACK}' already exists` }];
    hangs.refresh = 1;
    const call = fakeCall(URN);
    const made = handler().create(inputs(), call);
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    await made;
    expect(commands()).toEqual(["stack init", "stack export", "refresh", "refresh", "up", "stack export", "destroy"]);
    const late = `reading what ${STACK} has took more than 5 minutes`;
    expect(call.said).toContain(`${late}: reading it once more`);

    asked = [];
    hangs.refresh = 2;
    const failing = handler()
      .create(inputs(), fakeCall(URN))
      .then(() => "", String);
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(await failing).toContain(late);
    expect(commands()).toEqual(["stack init", "stack export", "refresh", "refresh", "destroy"]);
  } finally {
    vi.useRealTimers();
  }
});

test("a resource that takes seconds and is not there after three minutes ends its attempt; the next begins from nothing", async () => {
  const type = "libvirt:index/cloudInitDisk:CloudInitDisk";
  const event = (kind: string, name: string, of: string): string =>
    JSON.stringify({ [kind]: { metadata: { op: "create", type: of, urn: `urn:pulumi:s::i::${of}::${name}` } } });
  const [slow, made] = [event("resourcePreEvent", "vm", "a:b:Slow"), event("resourcePreEvent", "one", type)];
  vi.useFakeTimers();
  try {
    hangs.up = 1;
    const others = [slow, made, event("resOutputsEvent", "one", type), event("resOpFailedEvent", "vm", "a:b:Slow")];
    begins = [...others, event("resourcePreEvent", "seed", type)];
    const call = fakeCall(URN);
    const working = handler().create(inputs({ quickTypes: [type], finalTypes: ["a:b:Slow"] }), call);
    await vi.advanceTimersByTimeAsync(3 * 60_000);
    await working;
    expect(commands()).toEqual(["stack init", "up", "destroy", "up", "stack export", "destroy"]);
    const hung = `${type} seed was not made within 3 minutes, and takes seconds: its plugin does not answer`;
    expect(call.said.join("\n")).toContain(`attempt 1 of 2 failed: ${hung}`);

    asked = [];
    hangs.up = 1;
    begins = [slow, made, event("resOutputsEvent", "one", type)];
    const waiting = handler()
      .create(inputs({ quickTypes: [type], timeoutMinutes: 60 }), fakeCall(URN))
      .then(() => "", String);
    await vi.advanceTimersByTimeAsync(59 * 60_000);
    expect(commands()).toEqual(["stack init", "up"]);
    await vi.advanceTimersByTimeAsync(2 * 60_000);
    expect(await waiting).toContain("not done after 60 minutes");
  } finally {
    vi.useRealTimers();
  }
});

test("what may be gone on with is: nothing is destroyed before the next attempt", async () => {
  answers.init = [{ code: 255, stderr: `error: stack 'organization/inner/${STACK}' already exists` }];
  const pending = [{ type: "creating", resource: { type: "command:remote:Command", urn: "urn:pulumi:s::i::t::run" } }];
  answers.export = [{ stdout: exported({}, { pending_operations: pending }) }];
  await handler().create(inputs({ continues: ["command:remote:Command"] }), fakeCall(URN));
  expect(commands()).toEqual(["stack init", "stack export", "refresh", "up", "stack export", "destroy"]);
});

test("between attempts: a failed command is gone on with after a refresh, a failed machine is begun again", async () => {
  const failing = (type: string) => [
    { code: 255, events: [JSON.stringify({ resOpFailedEvent: { metadata: { op: "create", type, urn: "u::t::x" } } })] },
    {},
  ];
  answers.up = failing("command:remote:Command");
  const args = { continues: ["command:remote:Command"] };
  await handler().create(inputs(args), fakeCall(URN));
  expect(commands()).toEqual(["stack init", "up", "refresh", "up", "stack export", "destroy"]);

  asked = [];
  answers.up = failing("libvirt:index/domain:Domain");
  await handler().create(inputs(args), fakeCall(URN));
  expect(commands()).toEqual(["stack init", "up", "destroy", "up", "stack export", "destroy"]);
});

test("what fails for good is not tried again: the failing resource was the question", async () => {
  const type = "command:remote:Command";
  const events = [JSON.stringify({ resOpFailedEvent: { metadata: { op: "create", type, urn: "u::t::x" } } })];
  answers.up = [{ code: 255, events }];
  await expect(handler().create(inputs({ finalTypes: [type] }), fakeCall(URN))).rejects.toThrow("attempt 1 of 2");
  expect(commands()).toEqual(["stack init", "up", "destroy"]);

  asked = [];
  answers.up = [{ code: 255, events }, {}];
  await handler().create(inputs({ finalTypes: ["another:index/type:Type"] }), fakeCall(URN));
  expect(commands().filter((command) => command === "up")).toHaveLength(2);
});

test("what breaks a rule is not tried again, and the rule is in the error; what is only advised goes on", async () => {
  const broken = (enforcementLevel: string) =>
    JSON.stringify({
      policyEvent: {
        ...{ resourceUrn: "urn:pulumi:s::i::t::worker", message: "is let in from everywhere; write a range" },
        ...{ color: "never", policyName: "nobody", policyPackName: "pack", policyPackVersion: "1", enforcementLevel },
      },
    });
  answers.up = [{ code: 255, events: [broken("mandatory")] }];
  const policyPack = { folder: "/policies", config: "/policies.dev.json" };
  await expect(handler().create(inputs({ policyPack }), fakeCall(URN))).rejects.toThrow(
    "[mandatory] nobody (worker): is let in from everywhere; write a range",
  );
  expect(commands()).toEqual(["stack init", "up", "destroy"]);
  const up = asked.find(({ args }) => args[0] === "up");
  expect(up?.args.join(" ")).toContain("--policy-pack /policies --policy-pack-config /policies.dev.json");

  asked = [];
  answers.up = [{ code: 255, events: [broken("advisory")] }, {}];
  await handler().create(inputs({ policyPack: { folder: "/policies" } }), fakeCall(URN));
  expect(commands().filter((command) => command === "up")).toHaveLength(2);
});

test("another machine follows one that can't be had, from nothing; not one whose work failed", async () => {
  const op = (type: string) => ({ resOpFailedEvent: { metadata: { op: "create", type, urn: "u::t::x" } } });
  const failing = (type: string) => ({ code: 255, events: [JSON.stringify(op(type))] });
  const work = "command:remote:Command";
  const args = { attempts: 1, alternatives: 2, attemptKey: "attempt", continues: [work], workTypes: [work] };
  const told: (string | undefined)[] = [];
  onCommand = (command) => {
    const file = join(program, `Pulumi.${STACK}.yaml`);
    if (command === "up") told.push(/inner:attempt: (\d)/.exec(readFileSync(file, "utf8"))?.[1]);
  };
  answers.up = [failing("builders:libvirt:Sweep"), {}];
  const call = fakeCall(URN);
  await handler().create(inputs({ ...args, attemptNames: ["near", "far"] }), call);
  expect(commands()).toEqual(["stack init", "up", "destroy", "up", "stack export", "destroy"]);
  expect(told).toEqual(["1", "2"]);
  expect(call.said.join("\n")).toContain("destroying everything, to begin attempt 2 of 2 (far)");

  asked = [];
  answers.up = [failing(work), {}];
  await expect(handler().create(inputs(args), fakeCall(URN))).rejects.toThrow("attempt 1 of 2");
  expect(commands()).toEqual(["stack init", "up", "destroy"]);
});

test("a left-over stack goes on with the machine that its run had come to", async () => {
  answers.init = [{ code: 255, stderr: `error: stack 'organization/inner/${STACK}' already exists` }];
  const file = join(program, `Pulumi.${STACK}.yaml`);
  const told: (string | undefined)[] = [];
  onCommand = (command) => {
    if (command === "up") told.push(/inner:attempt: (\d)/.exec(readFileSync(file, "utf8"))?.[1]);
  };
  const args = { attempts: 2, alternatives: 2, attemptKey: "attempt" };
  for (const noted of ["4", "1", "-3", "what"]) {
    writeFileSync(file, `config:\n  inner:attempt: ${noted}\n`);
    const call = fakeCall(URN);
    await handler().create(inputs(args), call);
    expect(call.said[0]).toContain("resuming left-over stack");
  }
  expect(told).toEqual(["3", "1", "1", "1"]);
});

test("cancelled: the run is stopped, what it made destroyed, whatever keepOnFailure says", async () => {
  const stop = new AbortController();
  onCommand = (command) => {
    if (command === "up") stop.abort(new Interrupt("cancelled", "cancelled (Ctrl-C)"));
  };
  answers.up = [{ code: 255 }];
  const creating = handler().create(inputs({ keepOnFailure: true }), { ...fakeCall(URN), stop: stop.signal });
  await expect(creating).rejects.toThrow("cancelled (Ctrl-C)");
  expect(commands()).toEqual(["stack init", "up", "destroy"]);
});

test("cancelled while all is destroyed to begin again: that is stopped, what is left destroyed, the bound said", async () => {
  const stop = new AbortController();
  onCommand = (command) => {
    if (command === "destroy") stop.abort(new Interrupt("cancelled", "cancelled (Ctrl-C)"));
  };
  const op = { op: "create", type: "libvirt:index/domain:Domain", urn: "u::t::x" };
  answers.up = [{ code: 255, events: [JSON.stringify({ resOpFailedEvent: { metadata: op } })] }];
  answers.destroy = [{ code: 255 }, {}];
  const call = { ...fakeCall(URN), stop: stop.signal };
  await expect(handler().create(inputs(), call)).rejects.toThrow("cancelled (Ctrl-C)");
  expect(commands()).toEqual(["stack init", "up", "destroy", "destroy"]);
  expect(call.said.join("\n")).toContain("it ends within 23 minutes, Ctrl-C once more leaves it to the next run");
});

test("the engine is gone: nothing more is started, the stack and its settings wait for the next run", async () => {
  const gone = new AbortController();
  onCommand = (command) => {
    if (command === "up") gone.abort(new Interrupt("engine gone", "the engine is gone"));
  };
  answers.up = [{ code: 255 }];
  const creating = handler().create(inputs(), { ...fakeCall(URN), stop: gone.signal, gone: gone.signal });
  await expect(creating).rejects.toThrow("the engine is gone");
  expect(commands()).toEqual(["stack init", "up"]);
  expect(existsSync(join(program, `Pulumi.${STACK}.yaml`))).toBe(true);
});
