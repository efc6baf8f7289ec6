import { expect, test } from "vitest";
import { run } from "./process";
import { processTable, treeOf } from "./process-tree";

test("input, output, lines and exit code", async () => {
  const lines: string[] = [];
  const result = await run("sh", ["-c", "cat; echo two; echo bad >&2; exit 3"], {
    stdin: "one\n",
    onStdout: (line) => lines.push(line),
  });
  expect(lines).toEqual(["one", "two"]);
  expect(result).toEqual({ code: 3, stdout: "", stderr: "bad\n", killed: false });
});

test("a command that is not there says so", async () => {
  await expect(run("no-such-command-here", [])).rejects.toThrow('can\'t start "no-such-command-here"');
});

test("a stop asks the whole group to end", async () => {
  const stop = new AbortController();
  const ended = run("sh", ["-c", "trap 'echo bye; exit 7' TERM; echo up; sleep 60 & wait"], {
    stops: [{ when: stop.signal, graceSeconds: 30 }],
    onStderr: () => undefined,
  });
  setTimeout(() => stop.abort(), 300);
  expect(await ended).toMatchObject({ code: 7, stdout: "up\nbye\n", killed: false });
});

test("what does not end is killed with all that it started, also in other groups", async () => {
  const stop = new AbortController();
  let child = 0;
  const ended = run(
    "sh",
    ["-c", "trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep 61; sleep 62' & echo $!; while :; do sleep 1; done"],
    {
      stops: [{ when: stop.signal, graceSeconds: 0 }],
      onStdout: (line) => (child = Number(line)),
    },
  );
  setTimeout(() => stop.abort(), 300);
  expect((await ended).killed).toBe(true);
  expect(processTable().get(child)).toBeUndefined();
}, 15_000);

test("a tree holds children of children, not their neighbours", () => {
  const table = new Map(
    [
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 1],
    ].map(([pid = 0, parent = 0]) => [pid, { pid, parent, command: "" }]),
  );
  expect(treeOf(2, table)).toEqual([2, 3]);
});
