/** Where the set-up refuses to begin. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const HERE = join(__dirname, "..");

/** Says what the set-up says on a machine whose `uname -s` and `uname -m` are these. */
function setUp(system: string, architecture: string): { status: number | null; text: string } {
  const script = `set -euo pipefail
here=${HERE}
uname() { case "$1" in -s) echo ${system} ;; -m) echo ${architecture} ;; esac; }
for part in say system-packages; do source "$here/setup/$part.sh"; done
check_machine
echo goes on`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  return { status, text: stdout + stderr };
}

test.each(["x86_64", "aarch64"])("%s goes on", (architecture) => {
  expect(setUp("Linux", architecture)).toMatchObject({
    status: 0,
    text: expect.stringContaining("goes on") as string,
  });
});

test.each(["ppc64le", "s390x", "riscv64", "armv7l"])("%s is refused by name", (architecture) => {
  const { status, text } = setUp("Linux", architecture);
  expect(status).toBe(1);
  expect(text).toContain(`this machine is a ${architecture}: there are tools and images for x86_64 and aarch64 only`);
});

test("another system is refused by name", () => {
  expect(setUp("Darwin", "x86_64")).toMatchObject({
    status: 1,
    text: expect.stringContaining("this is Darwin") as string,
  });
});
