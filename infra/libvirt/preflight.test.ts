import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { startAgent } from "../../provider/ssh-client/testing/agent";
import type { PlatformUse } from "../platform";
import { libvirtPreflight } from "./preflight";
import type { LibvirtPlace, LibvirtWorker } from "./settings";

const worker: LibvirtWorker = {
  platform: "libvirt",
  uri: "qemu:///system",
  pool: "workers",
  base: { pool: "base", volume: "stock.qcow2" },
  vcpus: 2,
  memoryMib: 2048,
  diskGib: 10,
  scratchGib: 10,
  network: { mode: "user" },
  lifetimeMinutes: 60,
};
const place: LibvirtPlace = {
  platform: "libvirt",
  host: "vmhost-01",
  arch: "ppc64le",
  uri: "qemu+ssh://root@vmhost-01/system",
  pool: "images",
  boot: { vcpus: 1, memoryMib: 1024, network: { mode: "bridge", name: "br0" } },
};
const use: PlatformUse<LibvirtWorker, LibvirtPlace> = {
  workers: [{ path: "architectures.x86_64.worker", arch: "x86_64", spec: worker }],
  places: [{ path: "targets.hypervisor.hosts[0]", arch: "ppc64le", spec: place }],
};
const CAPABILITIES = ["x86_64", "ppc64le"]
  .map((arch) => `<guest><arch name='${arch}'><domain type='kvm'/></arch></guest>`)
  .join("");

const answer = (args: readonly string[]): string =>
  args.includes("capabilities") ? CAPABILITIES : args.includes("pool-dumpxml") ? "<pool type='dir'>" : "";

describe("libvirtPreflight", () => {
  it("finds nothing where all is there", async () => {
    const run = (_: string, args: readonly string[]) => Promise.resolve(answer(args));
    await expect(libvirtPreflight(use, run)).resolves.toEqual([]);
  });

  it("names networks whose guests only the hypervisor itself reaches, for workers and boot checks", async () => {
    const run = (_: string, args: readonly string[]) => Promise.resolve(answer(args));
    const user = { mode: "user" } as const;
    const remote = { ...worker, uri: "qemu+ssh://root@[2001:db8::1]/system" };
    const findings = await libvirtPreflight(
      {
        workers: [{ path: "architectures.x86_64.worker", arch: "x86_64", spec: remote }],
        places: [
          { path: "targets.a.hosts[0]", arch: "ppc64le", spec: { ...place, boot: { ...place.boot, network: user } } },
        ],
      },
      run,
    );
    expect(findings.map(({ path, problem }) => `${path}: ${problem}`)).toEqual([
      "architectures.x86_64.worker.network: mode user leads to guests from 2001:db8::1 alone: it is for a hypervisor on this machine",
      "targets.a.hosts[0].boot.network: mode user leads to guests from vmhost-01 alone: it is for a hypervisor on this machine",
    ]);
    expect(findings.every(({ remedy }) => /mode: bridge/.test(remedy))).toBe(true);
    const local = { ...use, places: [{ ...use.places[0]!, spec: { ...place, uri: "qemu:///system" } }] };
    await expect(libvirtPreflight(local, run)).resolves.toEqual([]);
  });

  it("names every missing pool and volume together, with what to do", async () => {
    const run = (_: string, args: readonly string[]) =>
      args.includes("capabilities")
        ? Promise.resolve(CAPABILITIES)
        : Promise.reject(new Error(`${args.at(-1) ?? ""} not found`));
    const findings = await libvirtPreflight(use, run);
    expect(findings.map(({ path, problem }) => `${path}: ${problem}`)).toEqual([
      "architectures.x86_64.worker.pool: workers not found",
      "architectures.x86_64.worker.base.volume: stock.qcow2 not found",
      "targets.hypervisor.hosts[0].pool: images not found",
    ]);
    expect(findings.every(({ remedy }) => remedy.includes("virsh -c"))).toBe(true);
  });

  it("names what guests of the architecture lack there, the emulator or its firmware, with the packages", async () => {
    const emulators = "<guest><arch name='aarch64'><domain type='qemu'/></arch></guest>";
    const run = (_: string, args: readonly string[]) => Promise.resolve(args.includes("capabilities") ? emulators : "");
    const findings = await libvirtPreflight(
      { workers: [{ path: "architectures.aarch64.worker", arch: "aarch64", spec: worker }], places: use.places },
      run,
    );
    expect(findings.map(({ path, problem }) => `${path}: ${problem}`)).toEqual([
      "architectures.aarch64.worker.uri: qemu:///system has no UEFI firmware for aarch64 guests; install qemu-system-arm qemu-efi-aarch64 (Debian) or qemu-system-aarch64 edk2-aarch64 (Fedora) on it",
      "targets.hypervisor.hosts[0].uri: qemu+ssh://root@vmhost-01/system has no emulator for ppc64le guests; install qemu-system-ppc (Debian) or qemu-system-ppc (Fedora) on it",
    ]);
  });

  it("says of a hypervisor that an ssh-agent logs in to what the agent lacks, before anybody is asked", async () => {
    const spec = { ...worker, uri: "qemu+ssh://root@vmhost-01/system?sshauth=agent" };
    const byAgent = { workers: [{ path: "w", arch: "x86_64" as const, spec }], places: [] };
    const refuses = () => Promise.reject(new Error("Permission denied (publickey)"));
    vi.stubEnv("SSH_AUTH_SOCK", undefined);
    const [network, none] = await libvirtPreflight(byAgent, refuses);
    expect(none).toMatchObject({ path: "w.uri", problem: "SSH_AUTH_SOCK is not set: there is no agent" });
    const agent = await startAgent();
    vi.stubEnv("SSH_AUTH_SOCK", agent.socket);
    const key = path.join(path.dirname(agent.socket), "key");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    expect((await libvirtPreflight(byAgent, refuses))[1]?.problem).toContain("has no identities");
    agent.add(key);
    expect(await libvirtPreflight(byAgent, refuses)).toEqual([
      network,
      expect.objectContaining({ path: "w.uri", remedy: expect.stringMatching(/ssh-add -L.*ssh-add -c/) as string }),
    ]);
    vi.unstubAllEnvs();
    await agent.stop();
  }, 60_000);

  it("says one thing of a hypervisor that does not answer", async () => {
    const run = (_: string, args: readonly string[]) =>
      args.includes("root@vmhost-01")
        ? Promise.reject(new Error("Connection refused"))
        : Promise.resolve(args.includes("capabilities") ? CAPABILITIES : "");
    const findings = await libvirtPreflight(use, run);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ path: "targets.hypervisor.hosts[0].uri", problem: "Connection refused" });
  });
});
