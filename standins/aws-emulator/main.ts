/**
 * The AWS emulator by hand, until Ctrl-C: `npx tsx standins/aws-emulator/main.ts [--port N] [--guests]`.
 * With --guests, instances are real machines from the local stack's worker disk, which is built if it isn't there; arm64 ones are
 * emulated, from the disk of `npm run local -- --arch aarch64`.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildImages } from "../../cli/local/images";
import { kvmRuns } from "../../cli/local/kvm";
import { LOCAL } from "../../cli/local/places";
import { startAwsEmulator, type GuestSettings } from "./start";

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: "string" }, guests: { type: "boolean", default: false } } });
  const emulator = await startAwsEmulator({
    folder: join(LOCAL, "aws-emulator"),
    ...(values.port === undefined ? {} : { port: Number(values.port) }),
    ...(values.guests ? { guests: await workerDisks() } : {}),
  });
  for (const [name, value] of Object.entries(emulator.environment)) console.log(`export ${name}=${value}`);
  console.log(`# log: ${emulator.log}; Ctrl-C ends it`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void emulator.stop());
}

async function workerDisks(): Promise<GuestSettings> {
  const { workerDisk, kernel } = await buildImages(console.error);
  const { workerDisk: arm64 } = await buildImages(console.error, "aarch64");
  return { disks: { x86_64: workerDisk, arm64 }, kvm: await kvmRuns(() => Promise.resolve(kernel)) };
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
