import { configDefaults, defineConfig } from "vitest/config";

const NOT_OURS = [...configDefaults.exclude, ".tools/**", ".local/**", "sdks/**"];
/** Tests that need the engine, or all of the local services. */
const SLOW = ["tests/e2e/**/*.test.ts", "**/*.engine.test.ts"];
const MINUTE = 60_000;

export default defineConfig({
  test: {
    bail: 0,
    reporters: ["default"],
    // Many tests wait for processes: one worker fewer than there are cores, the default, would be one on two cores.
    maxWorkers: "100%",
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...NOT_OURS, ...SLOW],
          globalSetup: "tests/unit/temporary-folder.ts",
          // Some wait for a real ssh server or process on a machine that is busy with other tests.
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: SLOW,
          exclude: NOT_OURS,
          // They share one machine, one registry and one store, and each wants all of its memory.
          fileParallelism: false,
          testTimeout: 15 * MINUTE,
          hookTimeout: 20 * MINUTE,
        },
      },
    ],
  },
});
