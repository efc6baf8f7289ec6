/** Settings of a stack in the world of these tests, as a user writes them. */
export type Values = Readonly<Record<string, unknown>>;

/** Sets `bootCheck.boots` in `{"copr-builders:bootCheck": {...}}`; undefined takes it away. */
export function changeSettings(config: Record<string, unknown>, changes: Values): void {
  for (const [at, value] of Object.entries(changes)) {
    const [first = "", ...rest] = at.split(".");
    const keys = [`copr-builders:${first}`, ...rest];
    const last = keys.pop() ?? "";
    let node = config;
    for (const key of keys) {
      const next = node[key];
      const inner: Record<string, unknown> = isRecord(next) ? next : {};
      node[key] = inner;
      node = inner;
    }
    if (value === undefined) delete node[last];
    else node[last] = value;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export interface Places {
  readonly worker: Values;
  readonly store: Values;
  readonly targets: Values;
  /** Names of the targets that are published to. */
  readonly publish: readonly string[];
}

export function buildSettings({ worker, store, targets, publish }: Places): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  changeSettings(config, {
    "source.context": "images/light",
    // Pinned: nobody is asked for its digest.
    "disk.builder.image": `builder.example/image-builder@sha256:${"ab".repeat(32)}`,
    "disk.rootfs": "ext4",
    "disk.args": [],
    "disk.needGib": 1,
    store,
    "architectures.x86_64": { worker, publish },
    targets,
    "bootCheck.boots": 1,
    "bootCheck.timeoutMinutes": 5,
    // Its disks boot nothing.
    firstBoot: "off",
    buildTimeoutMinutes: 10,
  });
  return config;
}
