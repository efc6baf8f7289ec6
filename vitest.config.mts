import { configDefaults, defineConfig } from "vitest/config";
import { LongestFirst } from "./tests/longest-first.mts";

const NOT_OURS = [...configDefaults.exclude, ".tools/**", ".local/**", "sdks/**"];
/** Tests that need the engine, or all of the local services: stories, and those beside the code. */
const STORIES = ["tests/e2e/**/*.test.ts", "tests/**/*.engine.test.ts"];
const BESIDE = "**/*.engine.test.ts";
/** They count the guests of the one local hypervisor. */
const LOCAL = ["tests/e2e/local.test.ts", "tests/e2e/ssh.test.ts"];
/** Each has a world of its own: several run side by side. */
const OWNERSHIP = "tests/ownership/*.engine.test.ts";
/** Tests of these leave what other files see as it was: their modules are loaded once for all, which else is most of the work. */
const SHARED = ["agent", "cli", "components", "contract", "infra", "model", "policies", "provider", "stacks"].map(
  (name) => `${name}/**/*.test.ts`,
);
/** What takes long and is seldom broken: `npm run test:full`. */
const FULL = "**/*.full.test.ts";
const MINUTE = 60_000;
const PATIENT = { testTimeout: 40 * MINUTE, hookTimeout: 20 * MINUTE };
/** Files with an engine: two of them and an emulated guest keep two cores busy, and a third only makes each wait longer. */
const ENGINES_AT_ONCE = 2;

export default defineConfig({
  test: {
    bail: 0,
    reporters: ["default"],
    // Many tests wait for processes: one worker fewer than there are cores, the default, would be one on two cores.
    maxWorkers: "100%",
    sequence: { sequencer: LongestFirst },
    projects: [
      ...[
        { name: "unit", include: ["**/*.test.ts"], exclude: SHARED },
        { name: "unit-shared", include: SHARED, exclude: [], isolate: false },
      ].map(({ exclude, ...test }) => ({
        test: {
          ...test,
          exclude: [...NOT_OURS, ...STORIES, BESIDE, FULL, ...exclude],
          globalSetup: "tests/unit/temporary-folder.ts",
          setupFiles: "tests/unit/as-found.ts",
          // Some wait for a real ssh server or process on a machine that is busy with other tests.
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      })),
      // Their guests share one hypervisor and want the memory: one file at a time.
      {
        test: { name: "e2e-local", include: LOCAL, exclude: NOT_OURS, fileParallelism: false, ...PATIENT },
      },
      // Each file has ports, folders and addresses of its own. Most of them wait for one process at a time, or for a clock.
      ...[
        { name: "ownership", include: [OWNERSHIP], exclude: NOT_OURS },
        { name: "e2e-engine", include: STORIES, exclude: [...NOT_OURS, OWNERSHIP, ...LOCAL, FULL] },
        { name: "e2e-beside", include: [BESIDE], exclude: [...NOT_OURS, ...STORIES] },
      ].map((test) => ({
        // After the unit tests, where both are asked for.
        test: { ...test, ...PATIENT, maxWorkers: ENGINES_AT_ONCE, sequence: { groupOrder: 1 } },
      })),
      { test: { name: "full", include: [FULL], exclude: NOT_OURS, ...PATIENT, testTimeout: 60 * MINUTE } },
    ],
  },
});
