import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { endPluginsOf } from "./engine-plugins";

/** A process as the engine starts a plugin. */
function plugin(program: string, address: string) {
  const child = spawn(process.execPath, ["-e", 'console.log("up"); setTimeout(() => {}, 60_000)', address], {
    argv0: program,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return { child, up: once(child.stdout, "data"), ended: once(child, "exit") };
}

test("of a dead engine exactly its own plugins are ended", async () => {
  const ours = plugin("/home/plugins/resource-aws-v7.0.0/pulumi-resource-aws", "127.0.0.1:9");
  const another = plugin("/home/plugins/resource-aws-v7.0.0/pulumi-resource-aws", "127.0.0.1:99");
  const unlike = plugin("/usr/bin/tail", "127.0.0.1:9");
  await Promise.all([ours, another, unlike].map(({ up }) => up));
  try {
    expect(endPluginsOf("127.0.0.1:9")).toHaveLength(1);
    expect(await ours.ended).toEqual([null, "SIGKILL"]);
    expect([another.child.exitCode, unlike.child.exitCode]).toEqual([null, null]);
  } finally {
    for (const { child } of [another, unlike]) child.kill("SIGKILL");
  }
});
