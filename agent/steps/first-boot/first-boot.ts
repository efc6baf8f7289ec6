/** Boots the finished disk once where it was built: what does not come up, or not as it should, is refused before it is sent. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { FirstBoot, FirstBootOrder } from "../../../contract/first-boot";
import type { Job } from "../../job/job";
import { StepError } from "../../job/step-error";
import { sideBySide } from "../../machine/side-by-side";
import { bootsBy } from "../boot-loader/boot-loader";
import type { BuiltDisk } from "../disk";
import { Console } from "./console";
import { emulatorFor, type Emulator } from "./emulator";
import { freeLoopbackPort, guestArgs } from "./guest";
import { enter, SSH_FAILED, writeSeed } from "./login";

interface Marker {
  readonly result: FirstBoot;
  /** Of the disk. */
  readonly builtAt: string;
  readonly order: FirstBootOrder;
}

const MARKER = "first-boot";
const BETWEEN_TRIES_MS = 3000;
/** What a record takes. */
const LONGEST_REASON = 200;

const WORDS = { kvm: "under KVM", emulation: "emulated" } as const;

/** @returns undefined where nobody asked for it */
export async function firstBoot(job: Job, disk: BuiltDisk): Promise<FirstBoot | undefined> {
  const order = job.spec.firstBoot;
  if (order === undefined) return undefined;
  const found = await job.marker<Marker>(MARKER);
  if (found?.builtAt === disk.builtAt && JSON.stringify(found.order) === JSON.stringify(order)) return found.result;
  const ways = await bootsBy(disk.path, job.spec.arch);
  const emulator = await emulatorFor(job, { ways, emulates: order.mode === "on" });
  const result = typeof emulator === "string" ? leftOut(job, order, emulator) : await boot(job, order, disk, emulator);
  await job.mark(MARKER, { result, builtAt: disk.builtAt, order } satisfies Marker);
  return result;
}

function leftOut(job: Job, { mode }: FirstBootOrder, why: string): FirstBoot {
  if (mode === "on") {
    const remedy = 'install what is missing there, or set firstBoot to "auto" or "off"';
    throw new StepError(`the disk can't be booted on this worker: ${why}; ${remedy}`);
  }
  job.progress(`first boot: left out, ${why}`);
  return { notBooted: why.slice(0, LONGEST_REASON) };
}

async function boot(job: Job, order: FirstBootOrder, { path }: BuiltDisk, emulator: Emulator): Promise<FirstBoot> {
  const folder = join(job.work, "first-boot");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    // The agent's lifetime, should nothing else end it.
    const seed = await writeSeed(job, folder, Math.ceil(order.timeoutMinutes) + 1);
    const port = await freeLoopbackPort();
    const args = await guestArgs(job.machine, emulator, { disk: path, seed }, port);
    const seconds = await bootedSeconds(job, order, { folder, port, emulator, args });
    job.progress(`first boot: running after ${seconds} s, ${WORDS[emulator.by]}`);
    return { by: emulator.by, seconds };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Boot {
  readonly folder: string;
  readonly port: number;
  readonly emulator: Emulator;
  readonly args: readonly string[];
}

/** From power-on to running, as the machine itself says. */
async function bootedSeconds(job: Job, order: FirstBootOrder, boot: Boot): Promise<number> {
  const console = new Console();
  const passed = new AbortController();
  const refuse = (what: string): StepError => {
    const message = `the disk was booted on the worker, ${WORDS[boot.emulator.by]}, and ${what}; nothing of it was sent`;
    // On a busy host an emulated machine's timers may be late, and its kernel gives up: the next try boots it again.
    return new StepError(message, { tail: console.last, permanent: boot.emulator.by === "kvm" });
  };
  const [, seconds] = await sideBySide(
    job.signal,
    (signal) => running(job, order, { ...boot, console, passed: passed.signal, signal, refuse }),
    async (signal) => {
      try {
        return await checked(job, order, { ...boot, console, signal, refuse });
      } finally {
        passed.abort();
      }
    },
  );
  return seconds;
}

interface Running extends Boot {
  readonly console: Console;
  readonly signal: AbortSignal;
  readonly refuse: (what: string) => StepError;
}

/** The machine from its start until it has passed; one that ends before is refused. */
async function running(
  job: Job,
  order: FirstBootOrder,
  run: Running & { readonly passed: AbortSignal },
): Promise<void> {
  const { emulator, args, folder, console, passed, signal, refuse } = run;
  const end = new AbortController();
  const stop = (): void => end.abort();
  for (const one of [passed, signal]) {
    one.addEventListener("abort", stop);
    if (one.aborted) stop();
  }
  let noted: Promise<void> = Promise.resolve();
  // Also where this agent is killed and none comes after it.
  const seconds = Math.ceil(order.timeoutMinutes * 60) + 60;
  const result = await job.machine.run("timeout", ["--kill-after=10", String(seconds), emulator.program, ...args], {
    timeoutMs: seconds * 1000,
    signal: end.signal,
    // What the machine writes is thrown away with it.
    env: { TMPDIR: folder },
    onStart: (pid) => {
      noted = job.noteChild(pid);
    },
    onLine: (line) => {
      console.add(line);
      job.output(line);
    },
  });
  await noted;
  if (passed.aborted || signal.aborted) return;
  if (result.code === 0) throw refuse("it ended by itself");
  throw new StepError(`${emulator.program}: ${result.reason ?? `exit status ${result.code}`}`, { tail: result.tail });
}

/** Waits until somebody may log in, and runs the checks. */
async function checked(job: Job, order: FirstBootOrder, run: Running): Promise<number> {
  const { clock } = job.machine;
  const start = clock.steady();
  const limitMs = order.timeoutMinutes * 60_000;
  const left = (): number => Math.max(limitMs - (clock.steady() - start), 1);
  for (let why = ""; ;) {
    run.signal.throwIfAborted();
    if (run.console.end !== undefined) throw run.refuse(`its console says: ${run.console.end}`);
    if (clock.steady() - start >= limitMs)
      throw run.refuse(`nobody could log in within ${order.timeoutMinutes} minutes${why === "" ? "" : `: ${why}`}`);
    job.progress(`first boot: wait for ssh, ${Math.floor((clock.steady() - start) / 10_000)}0 s`);
    const { code, tail } = await enter(job, { ...run, timeoutMs: left() }, "exit 0\n");
    if (code === 0) break;
    why = tail.at(-1) ?? why;
    await clock.sleep(BETWEEN_TRIES_MS);
  }
  job.progress("first boot: run the checks");
  const { code, stdout, tail, reason } = await enter(job, { ...run, timeoutMs: left() }, order.script);
  run.signal.throwIfAborted();
  const seconds = Number(stdout.trim().split("\n").at(-1));
  if (code === 0 && Number.isFinite(seconds) && stdout.trim() !== "") return seconds;
  if (code === SSH_FAILED || code === null)
    throw run.refuse(`the checks broke off: ${reason ?? tail.at(-1) ?? "no answer"}`);
  throw run.refuse(
    `is not as it should be: ${tail.join("; ")} (it reaches no network there: a check that needs one wants firstBoot: "off")`,
  );
}
