import { stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { identify } from "../machine/alive";
import type { AgentResult } from "../../contract/agent-result";
import { workDigest } from "../../contract/parse-agent-spec";
import type { AgentSpec } from "../../contract/agent-spec";
import type { CommitRecord } from "../../contract/commit-record";
import { start } from "./start";
import { type FakeMachine, fakeMachine, makeFolder } from "../testing/fixtures";
import { KEY, makeSpec } from "../../contract/testing/agent-spec";

/** A machine with systemd, whose agent unit is in this state. */
async function machineWith(state: string, description?: string): Promise<FakeMachine> {
  const machine = await fakeMachine({
    systemctl: (args) =>
      args[0] === "show"
        ? { stdout: `ActiveState=${state}\nDescription=${description ?? args.at(-1) ?? ""}\n` }
        : { code: 3 },
  });
  await machine.write("/run/systemd/system/x", "");
  return machine;
}

const quiet = (): void => undefined;
const units = (machine: FakeMachine): string[] => machine.calls.filter((call) => call.startsWith("systemd-run"));
const record = (object: string): AgentResult => ({
  ok: true,
  record: { key: KEY, objects: { "raw.zst": { object, sizeBytes: 1 } } } as unknown as CommitRecord,
});
const failed = (spec: AgentSpec, permanent: boolean): AgentResult => ({
  ...{ ok: false, step: "build", error: "no", tail: [], permanent },
  work: workDigest(spec),
});

test("starts a unit that outlives the connection, with a bound on its time", async () => {
  const machine = await machineWith("inactive");
  const folder = await makeFolder(makeSpec());
  expect(await start(machine, folder, quiet)).toBe("started");
  expect(units(machine)).toEqual([
    `systemd-run --unit copr-builder-agent-01234567.service --description copr-builders ${folder.path} --collect --quiet` +
      " --property RuntimeMaxSec=720 --property KillMode=mixed --property TimeoutStopSec=30 --property OOMPolicy=continue" +
      " --property TasksMax=infinity --property CapabilityBoundingSet=~CAP_AUDIT_CONTROL CAP_AUDIT_READ CAP_SYSLOG CAP_SYS_BOOT" +
      " CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_TIME CAP_WAKE_ALARM --property LimitCORE=0" +
      ` node /opt/agent.js run ${folder.path}`,
  ]);
  expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
  expect((await stat(`${folder.path}/spec.json`)).mode & 0o777).toBe(0o600);
});

test("what the settings give to RUN is not withheld from the unit", async () => {
  const machine = await machineWith("inactive");
  const source = {
    kind: "context",
    archive: "/context.tar",
    sha256: KEY,
    containerfile: "C",
    buildArgs: {},
    pins: {},
  } as const;
  const spec = makeSpec({ source: { ...source, options: { capAdd: ["sys_time", "CAP_SYSLOG"] } } });
  await start(machine, await makeFolder(spec), quiet);
  expect(units(machine)[0]).toContain(
    "=~CAP_AUDIT_CONTROL CAP_AUDIT_READ CAP_SYS_BOOT CAP_SYS_MODULE CAP_SYS_RAWIO CAP_WAKE_ALARM -",
  );
});

test("what runs is left running; the same build for another folder is an error", async () => {
  const folder = await makeFolder(makeSpec());
  const active = await machineWith("active", `copr-builders ${folder.path}`);
  expect(await start(active, folder, quiet)).toBe("running");
  const taken = await machineWith("active", "copr-builders /run/other");
  await expect(start(taken, folder, quiet)).rejects.toThrow("builds the same for another folder");
  // Noted by the agent itself: systemd need not be asked.
  const me = await identify(process.pid);
  if (me === undefined) expect.fail("no /proc");
  const machine = await machineWith("inactive");
  await folder.writeOwner({ ...me, key: KEY });
  expect(await start(machine, folder, quiet)).toBe("running");
  await folder.writeOwner({ ...me, key: "f".repeat(64) });
  await expect(start(machine, folder, quiet)).rejects.toThrow("another build (ffffffff) runs here");
  expect([...units(active), ...units(taken), ...units(machine)]).toEqual([]);
});

test("a result that answers the spec is left; any other failure is forgotten and the work goes on", async () => {
  const spec = makeSpec();
  const cases: [AgentResult, string][] = [
    [record("disks/local/x.raw.zst"), "done"],
    [record("disks/elsewhere"), "started"],
    [failed(spec, true), "failed"],
    [failed(makeSpec({ builder: { image: "other", rootfs: "xfs", args: [] } }), true), "started"],
    [failed(spec, false), "started"],
  ];
  for (const [result, expected] of cases) {
    const machine = await machineWith("inactive");
    const folder = await makeFolder(spec);
    await folder.writeResult(result);
    expect(await start(machine, folder, quiet)).toBe(expected);
    expect(await folder.result()).toEqual(expected === "started" ? undefined : result);
    expect(units(machine)).toHaveLength(expected === "started" ? 1 : 0);
  }
});

test("the dead-man timer is set once, and only on a machine of our own", async () => {
  let timer = false;
  const machine = await fakeMachine({
    systemctl: (args) => (args[0] === "show" ? { stdout: "ActiveState=inactive\n" } : { code: timer ? 0 : 3 }),
    "systemd-run": (args) => void (timer ||= args.includes("copr-builder-dead-man")),
  });
  await machine.write("/run/systemd/system/x", "");
  const folder = await makeFolder(makeSpec({ ownMachine: true }));
  await start(machine, folder, quiet);
  await start(machine, folder, quiet);
  const timers = units(machine).filter((call) => call.includes("dead-man"));
  expect(timers).toEqual([
    "systemd-run --unit copr-builder-dead-man --description copr-builders: end of life --quiet --on-active 720s" +
      " --timer-property AccuracySec=10s /bin/sh -c systemctl poweroff; sleep 120; systemctl poweroff --force --force",
  ]);
});
