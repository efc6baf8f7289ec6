/** Records a stack of another version: `npx tsx tests/ownership/support/record.ts CHECKOUT FOLDER`. */
import { resolve } from "node:path";
import { record } from "./recording";
import { World } from "./world";

async function main([repository, folder]: readonly string[]): Promise<void> {
  if (repository === undefined || folder === undefined)
    throw new Error("name the other version's checkout, and a folder");
  const world = await World.start();
  try {
    const stack = world.stack({ repository: resolve(repository) });
    await stack.init();
    console.log(await stack.up());
    await record(world, stack, resolve(folder));
  } finally {
    await world.stop();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
