/** For tests: a machine of their own making, whose time passes only while somebody waits. */
import type { ProcessTable } from "../process-tree";
import type { Machine } from "./lock";

export interface FakeMachineOptions {
  readonly host?: string;
  readonly pid?: number;
  /** Command lines by number. */
  readonly processes?: Record<number, string>;
  readonly onSignal?: (pid: number, signal: string) => void;
  readonly sleep?: (ms: number) => Promise<void>;
  readonly elapsed?: () => number;
  readonly wallClock?: () => number;
}

export function fakeMachine(options: FakeMachineOptions = {}): Machine {
  const { host = "here", pid = 40, processes = {} } = options;
  let slept = 0;
  const table = (): ProcessTable =>
    new Map(Object.entries(processes).map(([one, command]) => [Number(one), { pid: Number(one), parent: 1, command }]));
  return {
    host,
    id: `${host} first boot`,
    user: "me",
    pid,
    elapsed: options.elapsed ?? (() => slept),
    wallClock: options.wallClock ?? (() => slept),
    processes: table,
    signal: options.onSignal ?? (() => undefined),
    sleep:
      options.sleep ??
      ((ms) => {
        slept += ms;
        return Promise.resolve();
      }),
  };
}
