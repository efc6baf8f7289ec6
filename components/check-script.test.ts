import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkScript, type CheckArgs } from "./check-script";

const key = "ab".repeat(32);
let folder: string;

/** A machine as the script sees it: systemctl and the build key are files of this test. */
function machine(state: string, builtKey: string): void {
  const systemctl = `#!/bin/sh
case "$1" in
  is-system-running) echo ${state}; test ${state} = running ;;
  list-units) echo "broken.service loaded failed failed Broken" ;;
  show) echo 12345678 ;;
esac
`;
  writeFileSync(path.join(folder, "systemctl"), systemctl);
  writeFileSync(path.join(folder, "cat"), `#!/bin/sh\necho ${builtKey}\n`);
  for (const name of ["systemctl", "cat"]) chmodSync(path.join(folder, name), 0o755);
}

function check(args: CheckArgs) {
  const env = { ...process.env, PATH: `${folder}:${process.env["PATH"] ?? ""}` };
  return spawnSync("sh", ["-c", checkScript(args)], { encoding: "utf8", env });
}

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "boot-check-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("checkScript", () => {
  it("is a script for any POSIX shell", () => {
    execFileSync("sh", ["-n", "-c", checkScript({ key, checks: ["true", "echo 'it''s'"] })]);
  });

  it("answers the seconds from power-on and nothing else, whatever the checks print", () => {
    machine("running", key);
    const { status, stdout } = check({ key, checks: ["echo noise", "cat"] });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "12.3\n" });
  });

  it("says everything that is wrong at once: the failed unit, the other image, each check", () => {
    machine("degraded", "cd".repeat(32));
    const { status, stdout, stderr } = check({ key, checks: ["false", "true", "test 'a' = 'b'"] });
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain("the system is degraded: broken.service");
    expect(stderr).toContain(`its build key is ${"cd".repeat(32)}, not ${key}`);
    expect(stderr).toContain("the check failed: false\n");
    expect(stderr).toContain("the check failed: test 'a' = 'b'\n");
    expect(stderr).not.toContain("the check failed: true");
  });

  it("shows of a failed check its last lines, cut: a line without an end would stop the plugin that reads them", () => {
    machine("running", key);
    const long = 'head -c 1048576 /dev/zero | tr "\\\\0" x; echo; echo the reason >&2; false';
    const { status, stderr } = check({ key, checks: [long, `: ${"y".repeat(100_000)}; false`, "echo fine"] });
    expect(status).toBe(1);
    expect(stderr).toContain("the reason\n");
    expect(stderr).toMatch(/\[cut: the first \d+ bytes of \d+ are left out\]/);
    expect(stderr).not.toContain("fine");
    expect(Math.max(...stderr.split("\n").map((line) => line.length))).toBeLessThanOrEqual(16 * 1024);
  });

  it("reads its input to the end before it runs anything that could read it too", () => {
    machine("running", key);
    writeFileSync(
      path.join(folder, "systemctl"),
      `#!/bin/sh\nexec <&0; cat_all() { while read -r _; do :; done; }; cat_all; case "$1" in is-system-running) echo running ;; show) echo 12345678 ;; esac\n`,
    );
    const env = { ...process.env, PATH: `${folder}:${process.env["PATH"] ?? ""}` };
    const { status, stdout } = spawnSync("sh", ["-s"], {
      input: checkScript({ key, checks: ["cat"] }),
      encoding: "utf8",
      env,
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "12.3\n" });
  });

  it("does not let one check end the others", () => {
    machine("running", key);
    const { status, stderr } = check({ key, checks: ["exit 3", "set -e; false", "false"] });
    expect(status).toBe(1);
    expect(stderr.match(/the check failed/g)).toHaveLength(3);
  });
});
