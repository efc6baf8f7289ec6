import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readDiskConfig } from "./disk-config";

const folder = mkdtempSync(path.join(tmpdir(), "disk-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const read = (file: string, text: string): Promise<string> => {
  writeFileSync(path.join(folder, file), text);
  return readDiskConfig(folder, file);
};
const toml = (text: string) => read("config.toml", text);
const json = (value: unknown) => read("config.json", JSON.stringify(value, null, 1));

const WHOLE = `name = "x"
[[customizations.user]]
name = "alice"
groups = ["wheel"]
uid = 1000
[customizations.kernel]
append = "mitigations=auto"
[[customizations.filesystem]]
mountpoint = "/"
minsize = "10 GiB"
[[customizations.filesystem]]
mountpoint = "/var/data"
minsize = 20000000
[customizations.installer.kickstart]
contents = "text"
[[customizations.files]]
path = "/etc/x"
user = 0
[customizations.openscap]
profile_id = "x"
`;

describe("what the image builders take is handed over as it is", () => {
  it("in TOML", async () => expect(await toml(WHOLE)).toBe(WHOLE));
  it("with partitions", async () => {
    const disk = "[customizations.disk]\ntype = 'gpt'\nminsize = '20 GiB'\n[[customizations.disk.partitions]]\n";
    await toml(
      `${disk}type = "lvm"\nname = "vg"\nminsize = "1.5 TB"\n[[customizations.disk.partitions.logical_volumes]]\n`,
    );
  });
  it("in JSON, of old with one level more; keys in capitals, null for nothing", async () => {
    await json({ customizations: { kernel: { append: "x" }, hostname: null } });
    await json({ blueprint: { customizations: { kernel: { append: "x" } } } });
    await json({ Customizations: { Kernel: { APPEND: "x" } } });
  });
});

describe("what they refuse is said with its line", () => {
  it.each([
    [
      "a section",
      '[customization.kernel]\nappend = "x"',
      "line 1: customization: the image builder knows no customization here",
    ],
    [
      "a key",
      '[customizations.kernel]\nname = "k"\nappnd = "x"',
      "line 3: customizations.kernel.appnd: the image builder knows no appnd here",
    ],
    [
      "a key of the second of a list",
      '[[customizations.user]]\nname = "a"\n\n[[customizations.user]]\nname = "b"\nsudo = true',
      "line 6: customizations.user[1].sudo: the",
    ],
    [
      "a list for a text",
      '[customizations.kernel]\nappend = ["a", "b"]',
      "line 2: customizations.kernel.append: must be a text",
    ],
    [
      "one for a list",
      '[customizations.user]\nname = "a"',
      "line 1: customizations.user: must be a list: [[...]] in TOML",
    ],
    [
      "a size in words",
      '[[customizations.filesystem]]\nmountpoint = "/"\nminsize = "ten GiB"',
      "line 3: customizations.filesystem[0].minsize: is not a size",
    ],
    [
      "a unit that is none",
      '[customizations.disk]\nminsize = "10 G"',
      "line 2: customizations.disk.minsize: is not a size",
    ],
    [
      "a user without a name",
      '[[customizations.user]]\nname = "a"\n[[customizations.user]]\ngroups = ["wheel"]',
      "line 3: customizations.user[1].name: is missing",
    ],
    [
      "a name that is empty",
      '[[customizations.group]]\nname = ""',
      "line 2: customizations.group[0].name: must not be empty",
    ],
    ["a number for a name", "[[customizations.user]]\nname = 7", "line 2: customizations.user[0].name: must be a text"],
    [
      "a file system nowhere",
      "[[customizations.filesystem]]\nminsize = 1",
      "line 1: customizations.filesystem[0].mountpoint: is missing",
    ],
    [
      "two ways at once",
      '[[customizations.filesystem]]\nmountpoint = "/"\nminsize = 1\n[customizations.disk]\nminsize = 1',
      "line 4: customizations.disk: stands beside customizations.filesystem",
    ],
  ])("%s", async (_, text, message) => {
    await expect(toml(text)).rejects.toThrow(`disk.config: config.toml: ${message}`);
  });

  it("in JSON, all at once", async () => {
    const reading = json({ customizations: { user: [{ pasword: "x" }], kernel: { append: 1 } } });
    await expect(reading).rejects.toThrow(
      /line 5: customizations.user\[0\].pasword: the image builder knows no pasword/,
    );
    await expect(reading).rejects.toThrow(/line 9: customizations.kernel.append: must be a text/);
  });

  it("in JSON that ends too early, at the last line that says something", async () => {
    await expect(read("config.json", '{\n "customizations": {\n\n')).rejects.toThrow("config.json: line 2: ");
  });
});
