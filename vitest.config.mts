import { configDefaults, defineConfig } from "vitest/config";

const NOT_OURS = [...configDefaults.exclude, ".tools/**", ".local/**", "sdks/**"];
/** Tests that need the engine, or all of the local services. */
const SLOW = ["tests/e2e/**/*.test.ts", "**/*.engine.test.ts"];
/** Each has a world of its own: several run side by side. */
const OWNERSHIP = "tests/ownership/*.engine.test.ts";
/** What takes long and is seldom broken: `npm run test:full`. */
const FULL = "**/*.full.test.ts";
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
          exclude: [...NOT_OURS, ...SLOW, FULL],
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
          exclude: [...NOT_OURS, OWNERSHIP],
          // They share one machine, one registry and one store, and each wants all of its memory.
          fileParallelism: false,
          testTimeout: 15 * MINUTE,
          hookTimeout: 20 * MINUTE,
        },
      },
      ...[
        { name: "ownership", include: [OWNERSHIP] },
        { name: "full", include: [FULL] },
      ].map((test) => ({
        test: { ...test, exclude: NOT_OURS, testTimeout: 60 * MINUTE, hookTimeout: 20 * MINUTE },
      })),
    ],
  },
});
