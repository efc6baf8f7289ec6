import { Worker } from "node:worker_threads";

/** Runs in the thread. Plain JavaScript in a text, so that the agent stays one file. */
const THREAD = `
const { parentPort, workerData } = require("node:worker_threads");
const { createHash } = require("node:crypto");
const slots = workerData.slots.map((slot) => Buffer.from(slot));
const { blockBytes, tellZeros } = workerData;
const zeros = Buffer.alloc(blockBytes);
parentPort.on("message", ({ slot, bytes }) => {
  const digests = [];
  for (let at = 0; at < bytes; at += blockBytes) {
    const block = slots[slot].subarray(at, at + blockBytes);
    const empty = tellZeros && block.equals(zeros);
    digests.push(empty ? null : createHash("sha256").update(block).digest("base64"));
  }
  parentPort.postMessage({ slot, digests });
});
`;

/** sha256 of one block, base64; null for a block of zeros, if that was asked for. */
export type BlockDigest = string | null;

interface DigestOptions {
  readonly slots: readonly SharedArrayBuffer[];
  readonly blockBytes: number;
  /** Say null for a block of zeros. */
  readonly tellZeros: boolean;
  /** Answers in the order of the questions. */
  readonly onDigests: (slot: number, digests: readonly BlockDigest[]) => void;
}

/** sha256 block by block on another processor, over memory that both threads see: nothing is copied. */
export class DigestThread {
  private readonly worker: Worker;
  /** Rejects when the thread fails; never resolves. */
  readonly failed: Promise<never>;

  constructor({ onDigests, ...workerData }: DigestOptions) {
    this.worker = new Worker(THREAD, { eval: true, workerData });
    this.failed = new Promise((_, reject) => {
      this.worker.on("message", (answer: { slot: number; digests: readonly BlockDigest[] }) => {
        onDigests(answer.slot, answer.digests);
      });
      this.worker.on("error", reject);
      this.worker.on("exit", () => reject(new Error("the thread that digests blocks ended early")));
    });
    // Whoever waits for blocks waits for this too; a thread that was stopped concerns nobody.
    this.failed.catch(() => undefined);
  }

  /** `bytes` are whole blocks. */
  digest(slot: number, bytes: number): void {
    this.worker.postMessage({ slot, bytes });
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}
