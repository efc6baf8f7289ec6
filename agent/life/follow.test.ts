import { appendFile, readFile } from "node:fs/promises";
import { expect, test, vi } from "vitest";
import { identify } from "../machine/alive";
import { follow } from "./follow";
import type { AgentResult } from "../../contract/agent-result";
import type { JobFolder } from "../job/job-folder";
import type { CommitRecord } from "../../contract/commit-record";
import { fakeMachine, makeFolder } from "../testing/fixtures";
import { KEY, makeSpec } from "../../contract/testing/agent-spec";

const done: AgentResult = { ok: true, record: { key: KEY } as CommitRecord };
const say = (folder: JobFolder, text: string, output = false): void =>
  folder.event({ at: "", step: "build", text, ...(output && { output }) });

async function followed(
  folder: JobFolder,
  fromOffset?: number,
  sleepFor = 1,
  err: string[] = [],
): Promise<{ code: number; err: string[]; out: string[] }> {
  const out: string[] = [];
  const machine = await fakeMachine();
  const { clock } = machine;
  const faster = { ...clock, sleep: (ms: number) => clock.sleep(ms * sleepFor) };
  const code = await follow({ ...machine, clock: faster }, folder, {
    say: (line) => err.push(line),
    answer: (line) => out.push(line),
    ...(fromOffset !== undefined && { fromOffset }),
  });
  return { code, err, out };
}

/** As if this process were the agent. */
async function pretendToRun(folder: JobFolder): Promise<void> {
  const me = await identify(process.pid);
  if (me === undefined) expect.fail("no /proc");
  await folder.writeOwner({ ...me, key: KEY });
}

test("shows progress as it comes, no output of commands, and ends with the record", async () => {
  const folder = await makeFolder(makeSpec());
  await pretendToRun(folder);
  say(folder, "build: STEP 1/2");
  say(folder, "noise", true);
  const shown: string[] = [];
  const running = followed(folder, undefined, 1, shown);
  // Each as soon as the one before is shown, however busy the machine is.
  const until = (count: number) =>
    vi.waitFor(() => expect(shown).toHaveLength(count), { timeout: 15_000, interval: 5 });
  await until(1);
  for (const text of ["build: STEP 2/2", "build: STEP 2/2"]) say(folder, text);
  await until(2);
  say(folder, "disk 0.1/3.0 GB");
  await until(3);
  await folder.writeResult(done);
  expect(await running).toEqual({
    ...{ code: 0, err: ["build: STEP 1/2", "build: STEP 2/2", "disk 0.1/3.0 GB"] },
    out: [JSON.stringify({ key: KEY })],
  });
});

test("many texts in a moment are one line, the newest", async () => {
  const folder = await makeFolder(makeSpec());
  for (let step = 1; step <= 100; step += 1) say(folder, `upload ${step}/100 MB`);
  await folder.writeResult(done);
  expect((await followed(folder)).err).toEqual(["upload 100/100 MB"]);
});

test("goes on from any offset: at a line, inside one, and beyond the end", async () => {
  const folder = await makeFolder(makeSpec());
  say(folder, "first");
  const first = (await readFile(folder.eventsPath)).length;
  say(folder, "second");
  const both = (await readFile(folder.eventsPath)).length;
  await folder.writeResult(done);
  expect((await followed(folder, 0)).err).toEqual(["second"]);
  expect((await followed(folder, first)).err).toEqual(["second"]);
  expect((await followed(folder, first + 1)).err).toEqual([]);
  expect((await followed(folder, both)).err).toEqual([]);
  expect((await followed(folder, both + 1000)).err).toEqual([]);
});

test("a line that is half written is waited for, also in the middle of a character", async () => {
  const folder = await makeFolder(makeSpec());
  await pretendToRun(folder);
  const line = Buffer.from(`${JSON.stringify({ at: "", step: "disk", text: "fertig: süß" })}\n`);
  const cut = line.indexOf("ü") + 1;
  await appendFile(folder.eventsPath, line.subarray(0, cut));
  const running = followed(folder);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await appendFile(folder.eventsPath, line.subarray(cut));
  await folder.writeResult(done);
  expect((await running).err).toEqual(["fertig: süß"]);
});

test("a failure is printed with the last lines of what failed", async () => {
  const folder = await makeFolder(makeSpec());
  const failure = { ok: false, step: "build", error: "STEP 3/7: exit status 1", tail: ["a", "b"] } as const;
  await folder.writeResult({ ...failure, permanent: true, work: "" });
  expect(await followed(folder)).toEqual({
    code: 1,
    err: ["build failed: STEP 3/7: exit status 1", "a", "b"],
    out: [],
  });
});

test("an agent that is gone without a result: exit 2, and what is known of its end", async () => {
  const folder = await makeFolder(makeSpec());
  say(folder, "disk 1.0/3.0 GB");
  await folder.writeOwner({ pid: process.pid, startTime: "1", key: KEY });
  await appendFile(folder.agentLogPath, "last words\n");
  const { code, err, out } = await followed(folder);
  expect({ code, out }).toEqual({ code: 2, out: [] });
  expect(err).toEqual([
    "disk 1.0/3.0 GB",
    expect.stringMatching(/gone and left no result.*last seen: disk 1.0\/3.0 GB/),
    "last words",
    '"start" goes on where it stopped',
  ]);
});

test("does not wait for ever", async () => {
  const folder = await makeFolder(makeSpec({ lifetimeMinutes: 0.01 }));
  await pretendToRun(folder);
  const { code, err } = await followed(folder, 0, 100);
  expect(code).toBe(2);
  expect(err.at(-1)).toMatch(/^no result 10.01 minutes on/);
});
