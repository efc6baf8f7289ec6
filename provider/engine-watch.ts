/**
 * Notices that the engine is gone. A provider whose engine was killed goes on running, and so would the stack inside it:
 * the next `pulumi up` then finds it locked by work that nobody waits for.
 */
import { connect } from "node:net";

export interface EngineWatchOptions {
  /** `host:port` of the engine. */
  readonly address: string;
  readonly parent: () => number;
  /** True if something listens there. */
  readonly reachable: (address: string) => Promise<boolean>;
  /** Called once. */
  readonly onGone: () => void;
  /** @default 1000 */
  readonly everyMs?: number;
}

/** Failed looks that count as gone while the parent process is still there (a debugger started the provider). */
const LOOKS_WITH_SAME_PARENT = 5;

/** Returns what ends the watch. */
export function watchEngine(options: EngineWatchOptions): () => void {
  const parentAtStart = options.parent();
  let failed = 0;
  let timer: NodeJS.Timeout | undefined;
  let over = false;

  const look = async (): Promise<void> => {
    failed = (await options.reachable(options.address)) ? 0 : failed + 1;
    if (over) return;
    const orphaned = options.parent() !== parentAtStart;
    if (failed >= (orphaned ? 1 : LOOKS_WITH_SAME_PARENT)) {
      over = true;
      options.onGone();
    } else {
      again();
    }
  };
  const again = (): void => {
    timer = setTimeout(() => void look(), options.everyMs ?? 1000);
    // The watch alone keeps no provider alive.
    timer.unref();
  };
  again();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}

export function tcpReachable(address: string): Promise<boolean> {
  const colon = address.lastIndexOf(":");
  return new Promise((resolve) => {
    const socket = connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) });
    const done = (there: boolean): void => {
      socket.destroy();
      resolve(there);
    };
    socket.setTimeout(2000, () => done(false));
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
  });
}
