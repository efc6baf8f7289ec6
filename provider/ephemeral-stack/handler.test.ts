/** Which stacks are worked on, and whose they are. */
import { beforeEach, expect, test } from "vitest";
import { decode } from "../codec";
import { fakeCall, fakeStore } from "../fake-store";
import { Interrupt, type ResourceHandler } from "../handler";
import { FakeCli } from "./fake-cli";
import { fakeMachine } from "./fake-machine";
import { ephemeralStackHandler } from "./handler";
import { InnerStacks } from "./inner-stacks";

const URN = "urn:pulumi:dev::outer::builders:index:EphemeralStack::a";
const LEASE = { store: { bucket: "b", region: "r" }, folder: "leases/i" };
const OBJECT = "leases/i/dev.a.01234567.json";

const store = fakeStore({});
const LOOKS_AT_NO_FORM = {
  formTags: (): never => {
    throw new Error("looks at no snapshot");
  },
  now: () => 0,
};

let cli: FakeCli;
beforeEach(() => {
  cli = new FakeCli();
  store.objects.clear();
});

/** A machine whose every moment is another minute of the clock: it looks at its lease all the time. */
function handler(): ResourceHandler {
  const sleep = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  let wall = 0;
  const machine = fakeMachine({ sleep, elapsed: () => 0, wallClock: () => (wall += 60_000) });
  const stacks = new InnerStacks({ ...LOOKS_AT_NO_FORM, run: cli.run, openStore: () => store, machine });
  return ephemeralStackHandler({ stacks, now: () => 0 });
}

const create = (more: object, call = fakeCall(URN)): Promise<{ readonly id: string }> =>
  handler().create(decode({ program: cli.program, key: "0123456789abcdef", ...more }), call);

test("the lease says who works, and goes with the stack", async () => {
  let during: string | undefined;
  cli.on = (command) => {
    if (command === "up") during = store.objects.get(OBJECT);
    return undefined;
  };
  await create({ lease: LEASE });
  expect(during).toContain('"host":"here"');
  expect(store.objects.size).toBe(0);
});

test("replaced meanwhile, the run is killed at once and nothing is touched any more", async () => {
  cli.on = async (command, _stack, { stops = [] }) => {
    if (command !== "up") return undefined;
    const found = await store.getVersion(OBJECT);
    const rival = { ...(found?.body as object), holder: "rival", host: "there" };
    await store.putVersion(OBJECT, rival, { etag: found?.etag ?? "" });
    const kill = stops.find(({ graceSeconds }) => graceSeconds === "none")?.when;
    await new Promise((resolve) => kill?.addEventListener("abort", resolve));
    return { code: null, killed: true };
  };
  await expect(create({ lease: LEASE })).rejects.toThrow(
    "stack dev.a.01234567 is no longer ours: me@there (process 40) has taken it over",
  );
  expect(cli.done).toEqual(["init dev.a.01234567", "up dev.a.01234567"]);
  expect(store.objects.get(OBJECT)).toContain("rival");
});

test("locked by somebody of another machine, nothing of it is touched", async () => {
  const lock =
    "error: the stack is currently locked by 1 lock(s).\n  file:///x.json: created by me@there (pid 7) at 2026";
  cli.on = (command) => (command === "up" ? Promise.resolve({ code: 255, stderr: lock }) : undefined);
  await expect(create({ lease: LEASE })).rejects.toThrow("is locked by me@there (process 7): wait for it");
  expect(cli.done).toEqual(["init dev.a.01234567", "up dev.a.01234567"]);
  expect(store.objects.size).toBe(0);
});

test("an engine that was killed may have left its lock: the lease stays, and names it", async () => {
  cli.on = (command, _stack, { onStart }) => {
    if (command !== "up" && command !== "destroy") return undefined;
    onStart?.(4242);
    return Promise.resolve({ code: null, killed: true });
  };
  await expect(create({ lease: LEASE, attempts: 1 })).rejects.toThrow("could not be destroyed");
  expect(store.objects.get(OBJECT)).toContain('{"host":"here","pid":4242}');
});

test("what a killed run left of another key is destroyed first", async () => {
  cli.stacks.add("dev.a.01234567").add("dev.a.fedcba98").add("dev.ab.fedcba98").add("dev");
  const call = fakeCall(URN);
  await create({ supersedes: "a" }, call);
  expect(cli.done[0]).toBe("destroy dev.a.fedcba98");
  expect([...cli.stacks]).toEqual(["dev.ab.fedcba98", "dev"]);
  expect(call.said.join("\n")).toContain("destroyed left-over stack dev.a.fedcba98");
});

test("after Ctrl-C no other left-over is begun with", async () => {
  cli.stacks.add("dev.a.fedcba98").add("dev.a.fedcba99");
  const stop = new AbortController();
  cli.on = (command) => {
    if (command === "destroy") stop.abort(new Interrupt("cancelled", "cancelled (Ctrl-C)"));
    return undefined;
  };
  await expect(create({ supersedes: "a" }, { ...fakeCall(URN), stop: stop.signal })).rejects.toThrow("cancelled");
  expect(cli.done).toEqual(["destroy dev.a.fedcba98"]);
});

test("named after a namespace, it ends what is left of it under both names, and nobody else's", async () => {
  const others = ["abcdefgh2345.a.b.fedcba98", "bbcdefgh2345.a.fedcba98", "dev.a.b.fedcba98"];
  for (const stack of ["abcdefgh2345.a.fedcba98", "dev.a.fedcba98", ...others]) cli.stacks.add(stack);
  const { id } = await create({ supersedes: "a", namespace: "abcdefgh2345" });
  expect(id).toBe("abcdefgh2345.a.01234567");
  expect([...cli.stacks]).toEqual(others);
});

test("a former key is the same work: the state takes the new one, nothing runs", async () => {
  const { diff, update } = handler();
  const olds = { key: "old", program: cli.program, stack: "dev.a.old", outputs: { seconds: [1] }, seconds: 5 };
  const news = { program: cli.program, key: "new", formerKeys: ["old"] };
  expect(diff(olds, news)).toEqual({ changes: true, replaces: [] });
  expect(await update("dev.a.old", decode(olds), decode(news), fakeCall(URN))).toEqual({ ...olds, key: "new" });
  expect(cli.done).toEqual([]);
  expect(diff({ ...olds, key: "new" }, news).changes).toBe(false);
  expect(diff({ ...olds, key: "other" }, news).replaces).toEqual(["key"]);
});

test("asked for again, the same work is done once more, and only once", () => {
  const { diff } = handler();
  const olds = { key: "k", again: "first" };
  expect(diff(olds, { key: "k", again: "second" })).toEqual({ changes: true, replaces: ["again"] });
  expect(diff(olds, { key: "k", again: "second", formerKeys: ["k"] }).replaces).toEqual(["again"]);
  expect(diff(olds, { key: "k", again: "first" }).changes).toBe(false);
  expect(diff(olds, { key: "k" }).changes).toBe(false);
});

test("deleting ends what may be left, and says when it can't look", async () => {
  const state = { key: "0123456789abcdef", program: cli.program, stack: "dev.a.01234567" };
  await handler().delete("i", decode(state), fakeCall(URN));
  expect(cli.done).toEqual([]);
  cli.stacks.add("dev.a.01234567");
  await handler().delete("i", decode(state), fakeCall(URN));
  expect(cli.done).toEqual(["destroy dev.a.01234567"]);
  const call = fakeCall(URN);
  await handler().delete("i", decode({ ...state, program: "/gone" }), call);
  expect(call.said[0]).toContain("can't look whether stack dev.a.01234567 was left over");
});
