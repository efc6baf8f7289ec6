import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { decode } from "../codec";
import { FakeCli } from "../ephemeral-stack/fake-cli";
import { fakeMachine } from "../ephemeral-stack/fake-machine";
import { InnerStacks } from "../ephemeral-stack/inner-stacks";
import { Lease } from "../ephemeral-stack/lease";
import { fakeCall, fakeStore } from "../fake-store";
import type { ResourceHandler } from "../handler";
import { staleStacksHandler } from "./handler";

const OURS = "abcdefgh2345";
const URN = "urn:pulumi:dev::outer::builders:index:StaleStacks::stale";
const LEASE = { store: { bucket: "b", region: "r" }, folder: `leases/${OURS}` };

/** 200 that are not ours, although they look like it. */
const NEIGHBOURS = Array.from({ length: 50 }, (_, index) => `a${String(index).padStart(7, "0")}`).flatMap((key) => [
  `abcdefgh2346.a.${key}`,
  `${OURS}2.a.${key}`,
  `dev.${OURS}.${key}`,
  `${OURS}-a.${key}`,
]);

const LOOKS_AT_NO_FORM = {
  formTags: (): never => {
    throw new Error("looks at no snapshot");
  },
  now: () => 0,
};

let cli: FakeCli;
let handler: ResourceHandler;
const store = fakeStore({});
const inputs = { namespace: OURS, current: ["build-x86_64"], lease: LEASE };
beforeEach(() => {
  cli = new FakeCli(new Set([...NEIGHBOURS, `${OURS}.build-x86_64.aaaaaaaa`, `${OURS}.build-s390x.bbbbbbbb`]));
  store.objects.clear();
  const sleep = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const stacks = new InnerStacks({
    ...LOOKS_AT_NO_FORM,
    run: cli.run,
    openStore: () => store,
    machine: fakeMachine({ sleep }),
  });
  handler = staleStacksHandler(stacks);
});

const args = (more: object = {}): ReturnType<typeof decode> =>
  decode({ ...inputs, programs: [cli.program, "/gone"], ...more });

test("ends what no resource stands for, of this very namespace", async () => {
  const call = fakeCall(URN);
  const { id, outs } = await handler.create(args(), call);
  expect(id).toBe(OURS);
  expect(outs.left).toEqual([]);
  expect(cli.done).toEqual([`destroy ${OURS}.build-s390x.bbbbbbbb`]);
  expect([...cli.stacks]).toEqual([...NEIGHBOURS, `${OURS}.build-x86_64.aaaaaaaa`]);
  expect(call.said.join("\n")).toContain("/gone holds no Pulumi program any more");
  expect(call.said.join("\n")).toContain(`destroyed left-over stack ${OURS}.build-s390x.bbbbbbbb`);
});

test("looks again when the plan is another, or something was left; another namespace is another resource", () => {
  const olds = { ...args().value, left: [] };
  expect(handler.diff(olds, args().value).changes).toBe(false);
  expect(handler.diff(olds, args({ current: [] }).value)).toEqual({ changes: true, replaces: [] });
  expect(handler.diff({ ...olds, left: ["s"] }, args().value)).toEqual({ changes: true, replaces: [] });
  expect(handler.diff(olds, args({ namespace: "bbcdefgh2345" }).value).replaces).toEqual(["namespace"]);
});

test("what somebody who lives works on is left and named; all that is left goes with the stack", async () => {
  const stack = `${OURS}.build-s390x.bbbbbbbb`;
  const call = fakeCall(URN);
  const object = `${LEASE.folder}/${stack}.json`;
  const sleep = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  let wall = 0;
  const machine = fakeMachine({ host: "there", sleep, elapsed: () => 0, wallClock: () => (wall += 60_000) });
  const living = await Lease.take({ store, object, stack, machine, call, patienceSeconds: 0 });
  const { outs } = await handler.create(args(), call);
  expect(outs.left).toEqual([stack]);
  expect(cli.stacks).toContain(stack);
  expect(call.said.join("\n")).toContain(`stack ${stack} is being worked on by me@there`);
  await expect(handler.delete(OURS, decode(outs), call)).rejects.toThrow(`somebody works on them: ${stack}`);
  expect([...cli.stacks]).toEqual([...NEIGHBOURS, stack]);
  await living.end({ lockLeft: false });
  await handler.delete(OURS, decode(outs), call);
  expect([...cli.stacks]).toEqual(NEIGHBOURS);
  expect(store.objects.size).toBe(0);
});

test("what a person works on, on another machine and without a lease, is left too", async () => {
  const lock =
    "error: the stack is currently locked by 1 lock(s).\n  file:///x.json: created by me@there (pid 7) at 2026";
  cli.on = (command) => (command === "destroy" ? Promise.resolve({ code: 255, stderr: lock }) : undefined);
  const { outs } = await handler.create(args(), fakeCall(URN));
  expect(outs.left).toEqual([`${OURS}.build-s390x.bbbbbbbb`]);
  expect(cli.done).toEqual([`destroy ${OURS}.build-s390x.bbbbbbbb`]);
});

test("programs of one project see each other's stacks: each is destroyed once, its settings file with it", async () => {
  const other = new FakeCli().program;
  const settings = join(other, `Pulumi.${OURS}.build-s390x.bbbbbbbb.yaml`);
  writeFileSync(settings, "");
  await handler.create(args({ programs: [cli.program, other] }), fakeCall(URN));
  expect(cli.done).toEqual([`destroy ${OURS}.build-s390x.bbbbbbbb`]);
  expect(existsSync(settings)).toBe(false);
});

test("one that can't be destroyed holds up no other, and is an error", async () => {
  cli.stacks.add(`${OURS}.build-ppc64le.cccccccc`);
  cli.on = (command, stack) =>
    command === "destroy" && stack.includes("s390x")
      ? Promise.resolve({ code: 255, stderr: "it holds on" })
      : undefined;
  await expect(handler.create(args(), fakeCall(URN))).rejects.toThrow(
    `${OURS}.build-s390x.bbbbbbbb could not be destroyed`,
  );
  expect(cli.stacks).not.toContain(`${OURS}.build-ppc64le.cccccccc`);
});
