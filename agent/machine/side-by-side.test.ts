import { expect, test } from "vitest";
import { sideBySide } from "./side-by-side";

const { signal } = new AbortController();

/** Ends when it is told to, and notes that it has ended. */
const waits =
  (ended: string[], name: string) =>
  (stop: AbortSignal): Promise<string> =>
    new Promise((_, reject) => {
      stop.addEventListener("abort", () => {
        setTimeout(() => {
          ended.push(name);
          reject(stop.reason as Error);
        }, 5);
      });
    });

test("all answers come back in their order", async () => {
  const late = (): Promise<number> => new Promise((resolve) => setTimeout(() => resolve(1), 5));
  expect(await sideBySide(signal, late, () => Promise.resolve("two"))).toEqual([1, "two"]);
});

test("one that fails ends the others, and is what is told; none is left running", async () => {
  const ended: string[] = [];
  const fails = (): Promise<never> => Promise.reject(new Error("no room"));
  await expect(sideBySide(signal, waits(ended, "a"), fails, waits(ended, "b"))).rejects.toThrow("no room");
  expect(ended).toEqual(["a", "b"]);
});

test("a stop from outside ends all; after one nothing begins", async () => {
  const stop = new AbortController();
  const ended: string[] = [];
  const running = sideBySide(stop.signal, waits(ended, "a"), waits(ended, "b"));
  stop.abort(new Error("enough"));
  await expect(running).rejects.toThrow("enough");
  expect(ended).toEqual(["a", "b"]);
  let begun = false;
  const begins = (): Promise<void> => Promise.resolve(void (begun = true));
  await expect(sideBySide(stop.signal, begins)).rejects.toThrow("enough");
  expect(begun).toBe(false);
});
