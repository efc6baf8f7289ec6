/** The systemd unit that an agent runs in: nobody's connection ends it, its lifetime does. */
import type { AgentSource } from "./agent-spec";

interface UnitArgs {
  /** Build key, 64 hex digits. */
  readonly key: string;
  readonly lifetimeMinutes: number;
  readonly source: AgentSource;
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

/**
 * What neither the agent nor an image builder needs, privileged as its container is: to load modules, to set the clock, to restart,
 * to reach ports of devices, to read the kernel's logs. What a mount namespace or a filter of calls would keep from the agent, it would
 * keep from the image too, or from whoever cleans up after it.
 */
const WITHHELD = [
  "AUDIT_CONTROL",
  "AUDIT_READ",
  "SYSLOG",
  "SYS_BOOT",
  "SYS_MODULE",
  "SYS_RAWIO",
  "SYS_TIME",
  "WAKE_ALARM",
];

/** But for those that the settings give to RUN. */
function withheld(source: AgentSource): string {
  const asked = source.kind === "context" ? (source.options?.capAdd ?? []) : [];
  const names = asked.map((name) => name.toUpperCase().replace(/^CAP_/, ""));
  return WITHHELD.filter((name) => !names.includes(name))
    .map((name) => `CAP_${name}`)
    .join(" ");
}

/** Starts it; fails if there is such a unit. */
export function unitCommand({
  key,
  lifetimeMinutes,
  source,
  folder,
  script,
  node,
}: UnitArgs): readonly [string, ...string[]] {
  const properties = [
    `RuntimeMaxSec=${lifetimeMinutes * 60 + BACKSTOP_S}`,
    // The agent hears of its end first; what it started is ended with it.
    "KillMode=mixed",
    `TimeoutStopSec=${STOP_MS / 1000}`,
    // A build that takes all memory is ended, the agent stays and says so.
    "OOMPolicy=continue",
    "TasksMax=infinity",
    `CapabilityBoundingSet=~${withheld(source)}`,
    // A core has what the agent knew.
    "LimitCORE=0",
  ];
  return [
    "systemd-run",
    ...["--unit", unitName(key), "--description", unitDescription(folder), "--collect", "--quiet"],
    ...properties.flatMap((property) => ["--property", property]),
    ...[node, script, "run", folder],
  ];
}
