import { Worker } from "node:worker_threads";
import type { Sink } from "./read-once";
import type { Slots } from "./slots";

/** Runs in the thread. Plain JavaScript in a text, so that the agent stays one file. */
const THREAD = `
const { parentPort, workerData } = require("node:worker_threads");
const hash = require("node:crypto").createHash("sha256");
const slots = workerData.slots.map((slot) => new Uint8Array(slot));
const zeros = new Uint8Array(workerData.zeroBytes);
parentPort.on("message", (message) => {
  if (message.slot !== undefined) {
    hash.update(slots[message.slot].subarray(0, message.bytes));
    parentPort.postMessage({ slot: message.slot });
  } else if (message.zeros !== undefined) {
    for (let left = message.zeros; left > 0; left -= zeros.length) hash.update(zeros.subarray(0, Math.min(left, zeros.length)));
  } else {
    parentPort.postMessage({ digest: hash.digest("hex") });
    parentPort.close();
  }
});
`;
const ZERO_BYTES = 1024 * 1024;

type Answer = { readonly slot: number } | { readonly digest: string };

/**
 * sha256 on a second processor, over memory that both threads see: nothing is copied. Data and zeros are hashed in the
 * order of the calls.
 */
export class HashThread {
  private readonly worker: Worker;
  /** The digest, once it was asked for; rejects when the thread fails. */
  readonly done: Promise<string>;

  /** @param onSlot told when a slot's bytes are hashed and it may be filled again. */
  constructor(slots: readonly SharedArrayBuffer[], onSlot: (slot: number) => void) {
    this.worker = new Worker(THREAD, { eval: true, workerData: { slots, zeroBytes: ZERO_BYTES } });
    this.done = new Promise((resolve, reject) => {
      this.worker.on("message", (answer: Answer) => {
        if ("digest" in answer) resolve(answer.digest);
        else onSlot(answer.slot);
      });
      this.worker.on("error", reject);
      this.worker.on("exit", () => reject(new Error("the hashing thread ended early")));
    });
  }

  data(slot: number, bytes: number): void {
    this.worker.postMessage({ slot, bytes });
  }

  zeros(bytes: number): void {
    this.worker.postMessage({ zeros: bytes });
  }

  /** sha256 of all, hex. */
  digest(): Promise<string> {
    this.worker.postMessage({ end: true });
    return this.done;
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}

/** The disk's bytes go to the thread; who made it asks it for the digest when all is read. */
export function hashSink(hash: HashThread, slots: Slots): Sink {
  return {
    data: (slot, bytes) => {
      slots.hold(slot);
      hash.data(slot, bytes);
    },
    zeros: (bytes) => hash.zeros(bytes),
    end: () => undefined,
  };
}
