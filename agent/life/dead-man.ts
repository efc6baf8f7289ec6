import type { Machine } from "../machine/machine";
import type { AgentSpec } from "../../contract/agent-spec";
import { hasSystemd } from "./supervisor";

const UNIT = "copr-builder-dead-man";
/** After the agent's own end of time: whoever follows it still hears why. */
const GRACE_S = 120;
/** An orderly power-off may hang on what hung the build; this one does not. */
const POWER_OFF = "systemctl poweroff; sleep 120; systemctl poweroff --force --force";

/**
 * Sets the timer that powers a machine of our own off when its life is over, whoever is left to see it. Set once: a
 * second start does not lengthen the life.
 * @returns what could not be done
 */
export async function setDeadMan(machine: Machine, spec: AgentSpec): Promise<string | undefined> {
  if (!spec.ownMachine) return undefined;
  if (!(await hasSystemd(machine))) return "no systemd here: nothing powers this machine off after its lifetime";
  const { code } = await machine.run("systemctl", ["is-active", "--quiet", `${UNIT}.timer`], { timeoutMs: 60_000 });
  if (code === 0) return undefined;
  const seconds = spec.lifetimeMinutes * 60 + GRACE_S;
  const when = ["--on-active", `${seconds}s`, "--timer-property", "AccuracySec=10s"];
  const args = [
    "--unit",
    UNIT,
    "--description",
    "copr-builders: end of life",
    "--quiet",
    ...when,
    "/bin/sh",
    "-c",
    POWER_OFF,
  ];
  const result = await machine.run("systemd-run", args, { timeoutMs: 60_000 });
  if (result.code !== 0) throw new Error(`the dead-man timer cannot be set: ${result.tail.join("; ")}`);
  return undefined;
}
