import { setPriority } from "node:os";
import { firstWord, readThrough } from "./read-through";
import type { ReadThroughOptions } from "../machine/watched";

/** As nice(1) counts: compressing and sending wait for nothing else, the checksum only has to be there at the end. */
const NICE = 5;

/** openssl knows the processor's own instructions, which some builds of sha256sum do not. */
export async function hashCommand(find: (command: string) => Promise<boolean>): Promise<HashOptions["command"]> {
  return (await find("openssl")) ? ["openssl", "dgst", "-sha256", "-r"] : ["sha256sum"];
}

export interface HashOptions extends ReadThroughOptions {
  /** Prints the sha256 of the file that is its last argument, in hex, and a space. */
  readonly command: readonly [string, ...string[]];
}

/** sha256 of a raw disk, holes as zeros, hex. What others have just read of it, the page cache gives. */
export async function hashDisk({ command, ...reading }: HashOptions): Promise<string> {
  return firstWord(await readThrough([...command, reading.from], { ...reading, onStart: giveWay }));
}

export function giveWay(pid: number): Promise<void> {
  try {
    setPriority(pid, NICE);
  } catch {
    // It has ended already: why, its result says.
  }
  return Promise.resolve();
}
