/** Reading anew what an inner stack has, which a plugin may never answer. */
import type { Stop } from "../process";
import { bound, stop } from "./bounds";
import type { InnerCli } from "./cli";

/** Bound of one refresh, which takes seconds: a plugin whose connection hangs (libvirt's has) would wait for ever. */
const REFRESH_MINUTES = 5;
const REFRESH_TRIES = 2;
/** What the engine gets to end: a refresh makes nothing that could be left behind. */
const GRACE_SECONDS = 10;

export interface RefreshOptions {
  readonly cli: Pick<InnerCli, "refresh">;
  readonly stack: string;
  readonly stops: readonly Stop[];
  readonly say: (text: string) => void;
}

/** @returns false if the stack is not there */
export async function refresh({ cli, stack, stops, say }: RefreshOptions): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    const late = `reading what ${stack} has took more than ${String(REFRESH_MINUTES)} minutes`;
    const deadline = bound(REFRESH_MINUTES, late);
    try {
      return await cli.refresh([...stops, stop(deadline.signal, GRACE_SECONDS)]);
    } catch (error) {
      const again = deadline.signal.aborted && tries < REFRESH_TRIES;
      if (!again || stops.some(({ when }) => when.aborted)) throw error;
      say(`${late}: reading it once more`);
    } finally {
      deadline.clear();
    }
  }
}
