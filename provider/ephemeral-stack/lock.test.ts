import { expect, test } from "vitest";
import { fakeMachine } from "./fake-machine";
import { type Lock, type Machine, outliveOwners, parseLocks } from "./lock";

const ERROR = `error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  file:///state/.pulumi/locks/organization/inner/dev.a.1/aa.json: created by root@here (pid 41) at 2026-01-01T00:00:00Z
  file:///state/.pulumi/locks/organization/inner/dev.a.1/bb.json: created by me@elsewhere.example (pid 7) at 2026-01-01T00:00:00Z`;

test("every lock of the error, and none of another error", () => {
  expect(parseLocks(ERROR)).toEqual([
    { user: "root", host: "here", pid: 41 },
    { user: "me", host: "elsewhere.example", pid: 7 },
  ]);
  expect(parseLocks("error: created by root@here (pid 41)")).toEqual([]);
});

const LOCK: Lock = { user: "root", host: "here", pid: 41 };

function machine(processes: Record<number, string>, onSignal?: (pid: number, signal: string) => void): Machine {
  return fakeMachine({ processes, ...(onSignal && { onSignal }) });
}

test("the lock of a dead process is no lock, nor is one whose number another program got", async () => {
  await outliveOwners("s", [LOCK], machine({}));
  await outliveOwners("s", [LOCK], machine({ 41: "vi notes" }));
});

test("a lock of another host is respected, and how to remove it said", async () => {
  await expect(outliveOwners("s", [{ ...LOCK, host: "there" }], machine({}))).rejects.toThrow(
    /locked by root@there \(process 41\).*pulumi cancel --yes --stack s/,
  );
});

test("a lock of another host whose engine is known to be dead is no lock", async () => {
  await outliveOwners("s", [{ ...LOCK, host: "there" }], machine({}), ({ pid }) => pid === 41);
});

test("a person's own pulumi is waited for, never ended", async () => {
  const signals: unknown[] = [];
  const processes = { 41: "pulumi up --stack s" };
  await expect(
    outliveOwners(
      "s",
      [LOCK],
      machine(processes, (...all) => signals.push(all)),
    ),
  ).rejects.toThrow("stack s is used by process 41 on this machine");
  expect(signals).toEqual([]);
});

test("an engine whose provider is dead is asked to end", async () => {
  const processes: Record<number, string> = { 41: "pulumi up --exec-agent builders/40 --stack s" };
  const signals: unknown[] = [];
  const end = (pid: number, signal: string): void => {
    signals.push([pid, signal]);
    delete processes[pid];
  };
  await outliveOwners("s", [LOCK], machine(processes, end));
  expect(signals).toEqual([[41, "SIGINT"]]);
});

test("and killed if it does not", async () => {
  const processes: Record<number, string> = { 41: "pulumi up --exec-agent builders/40 --stack s" };
  const end = (pid: number, signal: string): void => {
    if (signal === "SIGKILL") delete processes[pid];
  };
  await outliveOwners("s", [LOCK], machine(processes, end));
  expect(processes).toEqual({});
});

test("an engine whose provider still ends it is waited for", async () => {
  const processes: Record<number, string> = {
    40: "node /repo/plugin/main.ts 127.0.0.1:1",
    41: "pulumi up --exec-agent builders/40 --stack s",
  };
  const signals: unknown[] = [];
  const here = machine(processes, (...all) => signals.push(all));
  let seconds = 0;
  const sleep = (): Promise<void> => {
    seconds += 1;
    if (seconds === 3) delete processes[41];
    return Promise.resolve();
  };
  await outliveOwners("s", [LOCK], { ...here, sleep });
  expect(seconds).toBe(3);
  expect(signals).toEqual([]);
});
