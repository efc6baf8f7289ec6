/** The process in which the farm's services live, from `npm run farm` until `npm run farm -- stop`. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DOWN, FARM, WORLD_FILE } from "./places";
import { startWorld, type WorldSpec } from "./world";

async function main(specFile: string): Promise<void> {
  const spec = JSON.parse(readFileSync(specFile, "utf8")) as WorldSpec;
  const { world, environment, places, stop } = await startWorld(FARM, spec);
  mkdirSync(DOWN, { recursive: true });
  const look = (): void => {
    for (const [name, set] of places) set(existsSync(join(DOWN, name)));
  };
  const watcher = watch(DOWN, look);
  const end = (): void => {
    watcher.close();
    rmSync(WORLD_FILE, { force: true });
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, end);
  writeFileSync(`${WORLD_FILE}.new`, JSON.stringify({ world, environment, places: [...places.keys()] }), {
    mode: 0o600,
  });
  renameSync(`${WORLD_FILE}.new`, WORLD_FILE);
}

main(process.argv[2] ?? "").catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
