/** What every chapter of the story stands on: one checkout with a stack of its own, and questions to ask of it. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { CommitRecord } from "../../../contract/commit-record";
import type { LedgerEntry } from "../../../model/plan";
import { startServices } from "../../../cli/local/services";
import { makeCheckout, type Checkout } from "../support/checkout";
import { domains, everything, makePool, recordPath, removePool, volumes } from "../support/leaks";
import { alive, eventually } from "../support/wait";

export const STACK = "e2e";
/** The stack that promotes what `STACK` builds, from its chapter on. */
export const PROD = "e2e-prod";
export const POOL = "e2e-images";
export const MARKER = "images/debian-builder/rootfs/etc/builder-note";
export const HOSTS = [
  { name: "local", arch: "x86_64", pool: POOL, boot: { vcpus: 1, memoryMib: 1024, network: { mode: "user" } } },
];

export let checkout: Checkout;
const stacks = [STACK];

export async function openStory(): Promise<void> {
  await startServices(console.log);
  checkout = makeCheckout(STACK, { "targets.hypervisor.hosts": HOSTS });
  makePool(checkout, POOL);
  await checkout.pulumi.must("stack", "init", STACK);
}

export async function closeStory(): Promise<void> {
  await endLeftovers();
  // Afterwards no state tells it.
  checkout.identity();
  for (const stack of [...stacks].reverse()) {
    await checkout.pulumi.must("destroy", "--yes", "--skip-preview", "--stack", stack);
  }
  expect(everything(checkout)).toEqual({});
  expect(volumes(checkout, POOL)).toEqual([]);
  removePool(checkout, POOL);
  checkout.remove();
}

/** Another stack of this story: destroyed at its end, and no leak until then. */
export async function addStack(name: string): Promise<void> {
  await checkout.pulumi.must("stack", "init", name, "--no-select");
  stacks.push(name);
}

/** What a failed step may have left running: a test that fails leaves nothing either. */
async function endLeftovers(): Promise<void> {
  await checkout.pulumi.run("cancel", "--yes", "--stack", STACK);
  for (const stack of (await checkout.pulumi.stacks()).filter((name) => !stacks.includes(name))) {
    const program = stack.includes(".build-") ? "stacks/worker" : "stacks/boot-check";
    await checkout.pulumi.run("cancel", "--yes", "--stack", stack, "-C", program);
    await checkout.pulumi.must("destroy", "--yes", "--skip-preview", "--remove", "--stack", stack, "-C", program);
  }
}

export async function images(): Promise<string> {
  const { hypervisor } = await checkout.pulumi.output<{ hypervisor: { x86_64: string } }>("images");
  return hypervisor.x86_64;
}

export async function generations(): Promise<LedgerEntry[]> {
  return checkout.pulumi.output<LedgerEntry[]>("generations");
}

export function record(key: string): CommitRecord {
  return JSON.parse(readFileSync(recordPath(checkout, key), "utf8")) as CommitRecord;
}

export async function current(): Promise<{
  readonly key: string;
  readonly name: string;
  readonly record: CommitRecord;
}> {
  const image = (await generations())[0]?.images[0];
  if (!image) throw new Error("there is no generation");
  return { key: image.key, name: image.name, record: record(image.key) };
}

export function sha256(file: string): string {
  return execFileSync("sha256sum", [file], { encoding: "utf8" }).slice(0, 64);
}

/** Nothing of any worker or boot is left: no domain, no volume but the images, no stack but ours. */
export async function expectNoLeaks(): Promise<void> {
  expect(domains(checkout)).toEqual([]);
  expect(volumes(checkout, "workers")).toEqual([]);
  expect(await checkout.pulumi.stacks()).toEqual([...stacks].sort());
}

/** The stack of the worker, as soon as there is one. */
export function workerStack(): Promise<string> {
  return eventually(
    "the worker stack in `pulumi stack ls`",
    async () => (await checkout.pulumi.stacks()).find((name) => /^[a-z2-7]{12}\.build-x86_64-/.test(name)),
    { seconds: 60 },
  );
}

/** Runs a command on the machine of a stack through `npm run enter`, as the error message says. */
export async function enter(stack: string, ...command: readonly string[]): Promise<string | undefined> {
  const { code, text } = await checkout.pulumi.start("npm", ["run", "--silent", "enter", "--", stack, ...command])
    .ended;
  return code === 0 ? text : undefined;
}

/** Kills the engine alone, and sees that the provider stops what it has under way. */
export async function kill9(pid: number, innerStack: string): Promise<void> {
  process.kill(pid, "SIGKILL");
  await eventually(
    "the inner engine to stop after the outer one was killed",
    () => {
      const processes = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
      return processes.some((args) => /pulumi /.test(args) && args.includes(innerStack)) ? undefined : true;
    },
    { seconds: 60 },
  );
  expect(alive(pid)).toBe(false);
  // As a person does, and as `npm run local` does.
  await checkout.pulumi.run("cancel", "--yes", "--stack", STACK);
}
