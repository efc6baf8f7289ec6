import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { follow } from "./follow";

/** Stands in for pulumi: writes an event log in pieces, with a line broken in two, and says something. */
const PULUMI = `#!/bin/sh
echo "its own words, ${"${PULUMI_PARALLEL:+so much at once}"}"
for log; do :; done
half=$(($(wc -c <"$EVENTS") / 2))
head -c $half "$EVENTS" >"$log"
sleep 1
tail -c +$((half + 1)) "$EVENTS" >>"$log"
echo "$log" >"$0.log"
exit 7
`;

async function run(): Promise<{
  readonly code: number;
  readonly shown: string;
  readonly said: string;
  readonly events: string;
}> {
  const folder = mkdtempSync(join(tmpdir(), "follow-"));
  const [command, log] = [join(folder, "pulumi"), join(folder, "said")];
  writeFileSync(command, PULUMI, { mode: 0o755 });
  let shown = "";
  const output = { write: (text: string) => (shown += text) };
  const env = { ...process.env, EVENTS: join(__dirname, "testing/up.jsonl") };
  const code = await follow(["up"], { cwd: folder, env, log, output, command });
  return { code, shown, said: readFileSync(log, "utf8"), events: readFileSync(`${command}.log`, "utf8").trim() };
}

it("shows a run while it goes on and as it ended, and keeps what pulumi said", async () => {
  const { code, shown, said, events } = await run();
  expect(code).toBe(7);
  expect(said).toBe("its own words, so much at once\n");
  expect(shown).toMatch(/^g1 is new: first generation$/m);
  expect(shown).toMatch(/^x86_64 {2}hypervisor\/local {2}boot: begun$/m);
  expect(shown).toMatch(/^x86_64 {2}hypervisor\/local {2}boot: done in \d+ s$/m);
  expect(shown).toMatch(/11 of 11 steps done\n$/);
  // It had the settings.
  expect(() => readFileSync(events)).toThrow(/ENOENT/);
});
