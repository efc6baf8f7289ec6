import type { MachineClock } from "./machine";

/** The machine's own clocks. */
export const systemClock: MachineClock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
