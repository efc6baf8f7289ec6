/** Where Debian comes from. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "make-trees-"));
  writeFileSync(join(folder, "mmdebstrap"), "#!/bin/sh\nprintf '%s\\n' \"$@\"\n", { mode: 0o755 });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** What mmdebstrap is called with. */
function called(sources?: string): string[] {
  const { DEBIAN_SOURCES: _, ...others } = process.env;
  const env = { ...others, PATH: [folder, process.env["PATH"] ?? ""].join(delimiter) };
  const given = sources === undefined ? env : { ...env, DEBIAN_SOURCES: sources };
  const args = [join(folder, "out"), "s390x"];
  return execFileSync(join(__dirname, "make-trees"), args, { env: given, encoding: "utf8" }).trim().split("\n");
}

test("Debian comes from its own servers, or from those that DEBIAN_SOURCES names", () => {
  const target = join(folder, "out", "worker.tar");
  expect(called().slice(-2)).toEqual(["bookworm", target]);
  expect(called("/etc/my.sources").slice(-3)).toEqual(["bookworm", target, "/etc/my.sources"]);
});
