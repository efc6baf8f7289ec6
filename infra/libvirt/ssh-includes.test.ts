import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { temporaryFolder } from "../../contract/testing/temporary-folder";
import { run } from "./api";
import { missedByPlugin } from "./ssh-config";

const URI = "qemu+ssh://me@hv1/system";
const PORT = "Host hv1\n  Port 2222\n";

/** Real ssh, which goes by the user's own folder wherever HOME is: told by `-F` in its place. */
async function found(config: string, files: Readonly<Record<string, string>> = {}) {
  const home = await temporaryFolder();
  const ssh = join(home, ".ssh");
  for (const folder of [ssh, join(ssh, "conf.d")]) mkdirSync(folder);
  const written = { config, ...files };
  for (const [name, text] of Object.entries(written)) writeFileSync(join(ssh, name), text.replaceAll("SSH", ssh));
  vi.stubEnv("HOME", home);
  const asHome = (command: string, args: readonly string[]) =>
    run(command, args.includes("-F") ? args : ["-F", join(ssh, "config"), ...args]);
  return missedByPlugin(URI, asHome);
}

test.each<[string, string, Readonly<Record<string, string>>]>([
  ["in a file that is included", "Include SSH/more\n", { more: `Match all\n  Compression yes\n${PORT}` }],
  ["in one of a folder", "Include SSH/conf.d/*\n", { "conf.d/a": PORT, "conf.d/b": "Match user nobody\n" }],
  ["two files away", "Include SSH/more\n", { more: "Include SSH/conf.d/?\n", "conf.d/a": `${PORT}Match all\n` }],
  ["in one that only some host includes", `${PORT}Host other\n  Include SSH/more\n`, { more: "Match all\n" }],
])("a Match hides all of it from the plugin, %s", async (_, config, files) => {
  expect((await found(config, files))?.problem).toMatch(/says port of hv1, .*or includes a file that has one$/);
});

test.each([
  ["a whole path", "Include SSH/more\n"],
  ["a pattern", "Include SSH/m[no]r?\n"],
])("what is included by %s is read by both", async (_, config) => {
  expect(await found(config, { more: PORT })).toBeUndefined();
});

test("what is included by quotes is read by ssh alone", async () => {
  expect((await found('Include "SSH/more"\n', { more: PORT }))?.problem).toContain("says port of hv1");
  expect(await found('Include "SSH/none"\n')).toBeUndefined();
});
