import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { listPackages } from "../../agent/steps/packages";
import { fakeMachine, makeJob } from "../../agent/testing/fixtures";
import { makeSpec } from "../../contract/testing/agent-spec";
import { temporaryFolder } from "../../contract/testing/temporary-folder";

const SCRIPT = join(__dirname, "../../standins/world/light-podman.sh");
const KEY = "ab12".repeat(16);

it("what a context's file lists is what the agent finds installed in the image, and nothing without such a file", async () => {
  const folder = await temporaryFolder();
  const context = join(folder, "context");
  mkdirSync(context);
  const podman = (args: readonly string[]) => {
    const env = { PATH: process.env["PATH"] ?? "", PODMAN_STATE: folder };
    const { status, stdout } = spawnSync("sh", [SCRIPT, ...args], {
      env,
      encoding: "utf8",
    });
    return { code: status, stdout };
  };
  const built = async () => {
    podman(["build", "-t", "source", context]);
    podman(["build", "--label", `io.copr-builders.build-key=${KEY}`, "-t", "image", folder]);
    const job = await makeJob(await fakeMachine({ podman }), makeSpec());
    return (await listPackages(job, { id: KEY, digest: "sha256:d" })).packages;
  };
  expect(await built()).toEqual([]);
  writeFileSync(join(context, "packages"), "mock 6.4-1.fc44.noarch\nbash 5.2.37-1.fc44.noarch\n");
  expect(await built()).toEqual([
    { name: "bash", version: "5.2.37-1.fc44.noarch" },
    { name: "mock", version: "6.4-1.fc44.noarch" },
  ]);
});
