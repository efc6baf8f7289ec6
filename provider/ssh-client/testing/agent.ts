/** OpenSSH's own agent, for tests. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export interface TestAgent {
  readonly socket: string;
  /** `ssh-add` with these arguments. */
  add(...args: readonly string[]): void;
  /** @param signal SIGKILL leaves the socket behind */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
}

export async function startAgent(): Promise<TestAgent> {
  const folder = mkdtempSync(join(tmpdir(), "agent-"));
  const socket = join(folder, "socket");
  const agent = spawn("setpriv", ["--pdeathsig", "TERM", "ssh-agent", "-D", "-a", socket], { stdio: "ignore" });
  for (const end = Date.now() + 10_000; !existsSync(socket); await wait(20)) {
    if (Date.now() > end || agent.exitCode !== null) throw new Error("ssh-agent does not start");
  }
  return {
    socket,
    add: (...args) => {
      const env = { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: "/bin/false", SSH_ASKPASS_REQUIRE: "force" };
      execFileSync("ssh-add", ["-q", ...args], { env, stdio: "pipe" });
    },
    stop: async (signal = "SIGTERM") => {
      if (agent.exitCode === null && agent.signalCode === null) {
        const gone = once(agent, "exit");
        agent.kill(signal);
        await gone;
      }
      if (signal === "SIGTERM") rmSync(folder, { recursive: true, force: true });
    },
  };
}
