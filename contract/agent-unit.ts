/** The systemd unit that an agent runs in: nobody's connection ends it, its lifetime does. */
interface UnitArgs {
  /** Build key, 64 hex digits. */
  readonly key: string;
  readonly lifetimeMinutes: number;
  /** Folder of the job. */
  readonly folder: string;
  /** The agent's program, and node. */
  readonly script: string;
  readonly node: string;
}

/** The agent keeps to its lifetime itself and says so; systemd ends one that cannot any more. */
const BACKSTOP_S = 120;
export const STOP_MS = 30_000;

export const unitName = (key: string): string => `copr-builder-agent-${key.slice(0, 8)}.service`;
export const unitDescription = (folder: string): string => `copr-builders ${folder}`;

/** Starts it; fails if there is such a unit. */
export function unitCommand({ key, lifetimeMinutes, folder, script, node }: UnitArgs): readonly [string, ...string[]] {
  const properties = [
    `RuntimeMaxSec=${lifetimeMinutes * 60 + BACKSTOP_S}`,
    // The agent hears of its end first; what it started is ended with it.
    "KillMode=mixed",
    `TimeoutStopSec=${STOP_MS / 1000}`,
    // A build that takes all memory is ended, the agent stays and says so.
    "OOMPolicy=continue",
    "TasksMax=infinity",
  ];
  return [
    "systemd-run",
    ...["--unit", unitName(key), "--description", unitDescription(folder), "--collect", "--quiet"],
    ...properties.flatMap((property) => ["--property", property]),
    ...[node, script, "run", folder],
  ];
}
