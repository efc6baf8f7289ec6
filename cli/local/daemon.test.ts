import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Daemon, type DaemonSpec } from "./daemon";
import { LOCAL } from "./places";
import { identify, isRunning } from "./processes";

const name = `daemon-test-${process.pid}`;
const pidFile = join(LOCAL, `${name}.pid`);

function daemon(spec: Partial<DaemonSpec> = {}): Daemon {
  return new Daemon({ name, command: "sleep", args: ["300"], ready: () => Promise.resolve(true), ...spec });
}

function pidFileOf(): { pid: number; startTime: string; bootId: string } {
  return JSON.parse(readFileSync(pidFile, "utf8")) as { pid: number; startTime: string; bootId: string };
}

describe("a daemon", () => {
  beforeEach(() => {
    mkdirSync(LOCAL, { recursive: true });
  });
  afterEach(async () => {
    await daemon().stop();
    rmSync(daemon().log, { force: true });
  });

  it("is started once, found again by another instance, and stopped by a third", async () => {
    expect(await daemon().start()).toBe(true);
    const running = daemon().running();
    expect(running?.pid).toBe(pidFileOf().pid);
    expect(await daemon().start()).toBe(false);
    expect(daemon().running()).toEqual(running);
    expect(await daemon().stop()).toBe(true);
    expect(running && isRunning(running)).toBe(false);
    expect(await daemon().stop()).toBe(false);
  });

  it("never takes a stranger for its process, and never ends one", async () => {
    const self = identify(process.pid);
    writeFileSync(pidFile, JSON.stringify({ ...self, startTime: "1" }));
    expect(daemon().running()).toBeUndefined();
    expect(await daemon().stop()).toBe(false);
    writeFileSync(pidFile, JSON.stringify({ ...self, bootId: "another boot" }));
    expect(daemon().running()).toBeUndefined();
  });

  it("says which port is taken, and what to do", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    await expect(daemon({ port }).start()).rejects.toThrow(`port 127.0.0.1:${port}`);
    await new Promise((resolve) => server.close(resolve));
    expect(daemon().running()).toBeUndefined();
  });

  it("shows the end of the log of one that dies while starting", async () => {
    const dies = daemon({
      command: "sh",
      args: ["-c", "echo no such pool >&2; sleep 0.2; exit 3"],
      ready: () => Promise.resolve(false),
    });
    await expect(dies.start()).rejects.toThrow(/ended while starting[^]*no such pool/);
  });

  it("waits only so long for an answer", async () => {
    const silent = daemon({ ready: () => Promise.resolve(false), readySeconds: 0.3 });
    await expect(silent.start()).rejects.toThrow("did not answer in 0.3 s");
  });

  it("says what is not installed", async () => {
    await expect(daemon({ command: "/no/such/command" }).start()).rejects.toThrow("is /no/such/command installed?");
  });
});
