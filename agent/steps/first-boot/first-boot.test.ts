import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FirstBootOrder } from "../../../contract/first-boot";
import { makeSpec } from "../../../contract/testing/agent-spec";
import { isAlive } from "../../machine/alive";
import { systemClock } from "../../machine/clock";
import type { Machine, Run } from "../../machine/machine";
import { findCommand, runCommand } from "../../machine/processes";
import { printingDisk } from "../../testing/boot-sector";
import { fakeMachine, makeJob } from "../../testing/fixtures";
import type { StepError } from "../../job/step-error";
import { firstBoot } from "./first-boot";

const SILENT = printingDisk("nothing that says anything", "stays");

async function booting(disk: Buffer, order: Partial<FirstBootOrder> = {}, change: Partial<Machine> = {}) {
  const machine = { ...(await fakeMachine()), run: runCommand, find: findCommand, clock: systemClock, ...change };
  const firstBootOrder: FirstBootOrder = { mode: "on", script: "echo 12.3", timeoutMinutes: 2, ...order };
  const job = await makeJob(machine, makeSpec({ firstBoot: firstBootOrder }));
  await mkdir(job.work, { recursive: true });
  const path = join(job.work, "disk.raw");
  await writeFile(path, disk);
  const boot = () => firstBoot(job, { path, sizeBytes: disk.length, builtAt: "2026-11-28T15:00:00.000Z" });
  const refusal = () =>
    boot().then(
      () => expect.fail("it passed"),
      (error: StepError) => error,
    );
  /** Of a boot that has ended, whichever way. */
  const leftNothing = async (): Promise<void> => {
    const child = await job.folder.child();
    expect(child && (await isAlive(child))).toBe(false);
    expect(existsSync(join(job.work, "first-boot"))).toBe(false);
    const [is, was] = [await readFile(path), disk].map((bytes) => createHash("sha256").update(bytes).digest("hex"));
    expect(is).toBe(was);
  };
  return { job, boot, refusal, leftNothing };
}

/** In qemu's place an ssh server that obeys the seed as cloud-init does: it has the keys of that, and no others. */
const asGuest: Run = async (command, args, options) => {
  if (command !== "timeout") return runCommand(command, args, options);
  const value = (pattern: RegExp): string => args.map((arg) => pattern.exec(arg)?.[1]).find(Boolean) ?? "";
  const seed = value(/id=seed,.*file=(.*)$/);
  const text = (await readFile(seed, "latin1")).split("#cloud-config\n")[1]?.split("\n")[0] ?? "";
  const config = JSON.parse(text) as {
    users: { ssh_authorized_keys: string[] }[];
    ssh_keys: { ed25519_private: string };
  };
  await writeFile(`${seed}.host`, config.ssh_keys.ed25519_private, { mode: 0o600 });
  await writeFile(`${seed}.keys`, config.users[0]?.ssh_authorized_keys.join("\n") ?? "");
  const lines = [
    `ListenAddress 127.0.0.1:${value(/hostfwd=tcp:127\.0\.0\.1:(\d+)-:22/)}`,
    ...[`HostKey ${seed}.host`, `AuthorizedKeysFile ${seed}.keys`, "StrictModes no", "UsePAM no", "PidFile none"],
    "PermitRootLogin prohibit-password",
  ];
  await writeFile(`${seed}.conf`, `${lines.join("\n")}\n`);
  // Ends with the time that the machine has, and with these tests if they are killed.
  const bound = ["--pdeathsig", "TERM", "timeout", ...args.slice(0, 2)];
  return runCommand("setpriv", [...bound, "/usr/sbin/sshd", "-D", "-e", "-f", `${seed}.conf`], options);
};

test("a disk that ends at a prompt of its boot loader is refused with that, long before the time is over", async () => {
  const { refusal, leftNothing } = await booting(printingDisk("Entering rescue mode...", "stays"));
  const { message, tail } = await refusal();
  expect(message).toMatch(
    /^the disk was booted on the worker, emulated, and its console says: .*Entering rescue mode\.\.\.; nothing of it was sent$/,
  );
  expect(tail.join("\n")).toContain("Entering rescue mode...");
  await leftNothing();
}, 240_000);

test("one that lets nobody in is refused when its time is over, with what its console said last", async () => {
  const { refusal, leftNothing } = await booting(SILENT, { timeoutMinutes: 0.2 });
  const { message, tail } = await refusal();
  expect(message).toContain("nobody could log in within 0.2 minutes");
  expect(tail.join("\n")).toContain("nothing that says anything");
  await leftNothing();
}, 240_000);

test("one that powers off is refused", async () => {
  const { refusal, leftNothing } = await booting(printingDisk("good night", "powers off"));
  expect((await refusal()).message).toContain("it ended by itself");
  await leftNothing();
}, 240_000);

test("an agent that is stopped meanwhile leaves no machine", async () => {
  const stop = new AbortController();
  const { job, boot, leftNothing } = await booting(SILENT);
  Object.defineProperty(job, "signal", { value: stop.signal });
  const failed = boot().catch((error: Error) => error.message);
  for (const until = Date.now() + 20_000; (await job.folder.child()) === undefined && Date.now() < until;)
    await systemClock.sleep(50);
  stop.abort(new Error("stopped"));
  expect(await failed).toBe("stopped");
  await leftNothing();
}, 240_000);

test("one that comes up is entered by the keys of its seed, and asked once; what it was is kept for the next run", async () => {
  const { job, boot, leftNothing } = await booting(
    SILENT,
    { script: "echo noise >&2; id -u >&2; echo 12.3" },
    { run: asGuest },
  );
  expect(await boot()).toEqual({ by: "emulation", seconds: 12.3 });
  await leftNothing();
  Object.defineProperty(job.machine, "run", { value: () => expect.fail("a second boot") });
  expect(await boot()).toEqual({ by: "emulation", seconds: 12.3 });
}, 240_000);

test("one that is not what it should be is refused with all that is wrong", async () => {
  const script = "echo 'the system is degraded: mock.service' >&2; echo 'the check failed: rpm -q mock' >&2; exit 1";
  const { refusal, leftNothing } = await booting(SILENT, { script }, { run: asGuest });
  const { message, permanent } = await refusal();
  expect(message).toContain(
    "is not as it should be: the system is degraded: mock.service; the check failed: rpm -q mock (it reaches no network",
  );
  // Emulated, it may have been the host.
  expect(permanent).toBe(false);
  await leftNothing();
}, 240_000);

test("auto is left out where there is no KVM, and says so; on is an error where there is no qemu", async () => {
  const auto = await booting(SILENT, { mode: "auto" });
  expect(await auto.boot()).toEqual({ notBooted: "no /dev/kvm" });
  const find = (command: string) => Promise.resolve(!command.startsWith("qemu"));
  const { message } = await (await booting(SILENT, {}, { find })).refusal();
  expect(message).toBe(
    "the disk can't be booted on this worker: no qemu-system-x86_64; " +
      'install what is missing there, or set firstBoot to "auto" or "off"',
  );
});

test("KVM that runs no guest counts as none: a good disk is not refused for it", async () => {
  const run: Run = (command, args, options) =>
    command === "uname"
      ? Promise.resolve({ code: 0, stdout: "6.1.0\n", tail: [] })
      : command.startsWith("qemu")
        ? Promise.resolve({ code: null, stdout: "Linux version 6.1.0\n", tail: [], reason: "not done after 20 s" })
        : runCommand(command, args, options);
  const machine = await fakeMachine();
  for (const path of ["/dev/kvm", "/boot/vmlinuz-6.1.0"]) await machine.write(path, "");
  const { boot } = await booting(SILENT, { mode: "auto" }, { run, root: machine.root });
  expect(await boot()).toEqual({ notBooted: "/dev/kvm is there, and runs no guest" });
});

test("nobody asked, nothing is booted", async () => {
  const machine = await fakeMachine();
  const job = await makeJob(machine, makeSpec());
  expect(await firstBoot(job, { path: "/none", sizeBytes: 1, builtAt: "" })).toBeUndefined();
  expect(machine.calls).toEqual([]);
});
