import { spawn } from "node:child_process";
import { access, open, readFile } from "node:fs/promises";
import { endGroup, identify, isAlive } from "../machine/alive";
import { machinePath } from "../machine/paths";
import type { JobFolder } from "../job/job-folder";
import type { Machine, RunResult } from "../machine/machine";
import { CommandError } from "../machine/processes";
import type { AgentSpec } from "../../contract/agent-spec";
import { STOP_MS, unitCommand, unitDescription, unitName } from "../../contract/agent-unit";

/** Keeps an agent running when nobody is connected. */
interface Supervisor {
  /** Is an agent working on this job? */
  isActive(): Promise<boolean>;
  launch(): Promise<void>;
  stop(): Promise<void>;
  /** What is known of an agent that ended without a result. */
  lastWords(): Promise<string[]>;
}

const COMMAND_MS = 60_000;

/** systemd where it runs the machine, see sd_booted(3); elsewhere a process of its own session. */
export async function supervisorFor(machine: Machine, folder: JobFolder, spec: AgentSpec): Promise<Supervisor> {
  return (await hasSystemd(machine))
    ? new SystemdSupervisor(machine, folder, spec)
    : new DetachedSupervisor(machine, folder, spec);
}

export async function hasSystemd(machine: Machine): Promise<boolean> {
  try {
    await access(machinePath(machine, "/run/systemd/system"));
    return true;
  } catch {
    return false;
  }
}

async function ownerIsAlive(folder: JobFolder, spec: AgentSpec): Promise<boolean> {
  const owner = await folder.owner();
  return owner !== undefined && owner.key === spec.key && (await isAlive(owner));
}

class SystemdSupervisor implements Supervisor {
  private readonly unit: string;
  private readonly description: string;

  constructor(
    private readonly machine: Machine,
    private readonly folder: JobFolder,
    private readonly spec: AgentSpec,
  ) {
    this.unit = unitName(spec.key);
    this.description = unitDescription(folder.path);
  }

  async isActive(): Promise<boolean> {
    // Cheaper than asking systemd, and asked every second.
    if (await ownerIsAlive(this.folder, this.spec)) return true;
    const { stdout } = await this.must("systemctl", ["show", "-p", "ActiveState", "-p", "Description", this.unit]);
    const active = /^ActiveState=(active|activating|deactivating|reloading)$/m.test(stdout);
    if (active && !stdout.includes(`Description=${this.description}\n`)) {
      throw new Error(
        `${this.unit} builds the same for another folder; wait for it, or stop it with "systemctl stop ${this.unit}"`,
      );
    }
    return active;
  }

  async launch(): Promise<void> {
    const { key, lifetimeMinutes, source } = this.spec;
    const [command, ...args] = unitCommand({
      key,
      lifetimeMinutes,
      source,
      folder: this.folder.path,
      ...this.machine.self,
    });
    await this.must(command, args);
  }

  async stop(): Promise<void> {
    if (await this.isActive()) await this.must("systemctl", ["stop", this.unit]);
  }

  async lastWords(): Promise<string[]> {
    const args = ["-u", this.unit, "-n", "10", "-o", "cat", "--no-pager"];
    const { code, stdout } = await this.machine.run("journalctl", args, { timeoutMs: COMMAND_MS });
    return code === 0
      ? stdout
          .split("\n")
          .filter(Boolean)
          .map((line) => this.folder.clean(line))
      : [];
  }

  private async must(command: string, args: readonly string[]): Promise<RunResult> {
    const result = await this.machine.run(command, args, { timeoutMs: COMMAND_MS });
    if (result.code === 0) return result;
    throw new Error(result.tail.join("\n") || "no output", {
      cause: new CommandError(`${command} ${args[0] ?? ""}`, result),
    });
  }
}

class DetachedSupervisor implements Supervisor {
  constructor(
    private readonly machine: Machine,
    private readonly folder: JobFolder,
    private readonly spec: AgentSpec,
  ) {}

  isActive(): Promise<boolean> {
    return ownerIsAlive(this.folder, this.spec);
  }

  async launch(): Promise<void> {
    const { node, script } = this.machine.self;
    const log = await open(this.folder.agentLogPath, "a", 0o600);
    try {
      const child = spawn(node, [script, "run", this.folder.path], {
        detached: true,
        stdio: ["ignore", log.fd, log.fd],
      });
      await new Promise((resolve, reject) => {
        child.once("spawn", resolve);
        child.once("error", reject);
      });
      child.unref();
      // Noted here too: whoever follows at once finds it alive.
      const id = child.pid === undefined ? undefined : await identify(child.pid);
      if (id !== undefined) await this.folder.writeOwner({ ...id, key: this.spec.key });
    } finally {
      await log.close();
    }
  }

  async stop(): Promise<void> {
    const owner = await this.folder.owner();
    if (owner === undefined) return;
    if (await endGroup(owner, "SIGTERM", STOP_MS, this.machine.clock)) return;
    if (!(await endGroup(owner, "SIGKILL", STOP_MS, this.machine.clock)))
      throw new Error(`process ${owner.pid} cannot be ended`);
  }

  async lastWords(): Promise<string[]> {
    const log = await readFile(this.folder.agentLogPath, "utf8").catch(() => "");
    return log
      .split("\n")
      .filter(Boolean)
      .slice(-10)
      .map((line) => this.folder.clean(line));
  }
}
