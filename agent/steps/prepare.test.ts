import { mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LABEL } from "./scratch";
import { prepare } from "./prepare";
import { registriesEnvironment } from "./registries";
import type { AgentSpec } from "../../contract/agent-spec";
import { type FakeCommand, type FakeMachine, fakeMachine, makeJob } from "../testing/fixtures";
import { KEY, makeSpec } from "../../contract/testing/agent-spec";

const GIB = 1024 ** 3;
const registries = [{ prefix: "127.0.0.1:15000", location: "10.0.2.2:15000", insecure: true }];
const own: Partial<AgentSpec> = {
  ownMachine: true,
  scratchDevice: "/dev/disk/by-id/virtio-scratch",
  needGib: 10,
  registries,
};

/** A worker of our own with a scratch disk; what is mounted is seen in its mountinfo. */
async function worker(commands: Record<string, FakeCommand> = {}): Promise<FakeMachine & { device: string }> {
  const machine = await fakeMachine({
    blockdev: () => ({ stdout: `${20 * GIB}\n` }),
    blkid: () => ({ code: 2 }),
    mount: async (args) => {
      if (args[0] !== "-t") return {};
      const old = await readFile(join(machine.root, "/proc/self/mountinfo"), "utf8");
      await machine.write(
        "/proc/self/mountinfo",
        `${old}9 1 8:16 / /var/lib/containers rw - ext4 ${args[4] ?? ""} rw\n`,
      );
      return {};
    },
    ...commands,
  });
  const device = join(machine.root, "dev/vdb");
  await mkdir(join(machine.root, "dev/disk/by-id"), { recursive: true });
  await writeFile(device, "");
  await symlink(device, join(machine.root, "dev/disk/by-id/virtio-scratch"));
  return Object.assign(machine, { device });
}

const changing = /^(mkfs|mount|swapoff|restorecon|dnf|apt)/;
const changes = (machine: FakeMachine): string[] => machine.calls.filter((call) => changing.test(call));

test("an empty scratch disk is formatted quickly, mounted, and the second run leaves it alone", async () => {
  const machine = await worker();
  const job = await makeJob(machine, makeSpec(own));
  await prepare(job);
  const containers = join(machine.root, "var/lib/containers");
  expect(changes(machine)).toEqual([
    `mkfs.ext4 -q -F -m 0 -E lazy_itable_init=1,lazy_journal_init=1,nodiscard -L ${LABEL} ${machine.device}`,
    `mount -t ext4 -o noatime ${machine.device} ${containers}`,
  ]);
  expect((await stat(job.work)).isDirectory()).toBe(true);
  await prepare(job);
  expect(changes(machine)).toHaveLength(2);
});

test("a disk may be named by its serial number alone, whatever bus it is on", async () => {
  const machine = await worker();
  const byId = join(machine.root, "dev/disk/by-id");
  await symlink(machine.device, join(byId, "nvme-Amazon_Elastic_Block_Store_vol0a1b_1-part-of-another"));
  await symlink(machine.device, join(byId, "nvme-Amazon_Elastic_Block_Store_vol0a1b"));
  await prepare(await makeJob(machine, makeSpec({ ...own, scratchDevice: "/dev/disk/by-id/*vol0a1b" })));
  expect(changes(machine).at(-1)).toContain(`mount -t ext4 -o noatime ${machine.device} `);

  const absent = await makeJob(await worker(), makeSpec({ ...own, scratchDevice: "/dev/disk/by-id/*vol9" }));
  await expect(prepare(absent)).rejects.toThrow("the scratch device /dev/disk/by-id/*vol9 is not there");
});

test("our own file system is mounted as it is; swap is let go; SELinux labels are set after formatting", async () => {
  const ours = await worker({ blkid: () => ({ stdout: `LABEL=${LABEL}\nTYPE=ext4\n` }) });
  await prepare(await makeJob(ours, makeSpec(own)));
  expect(changes(ours).map((call) => call.split(" ")[0])).toEqual(["mount"]);

  const swap = await worker({ blkid: () => ({ stdout: "TYPE=swap\n" }) });
  await swap.write("/proc/swaps", `Filename Type Size\n${swap.device} partition 1\n`);
  await swap.write("/sys/fs/selinux/enforce", "1");
  await prepare(await makeJob(swap, makeSpec(own)));
  expect(changes(swap).map((call) => call.split(" ")[0])).toEqual(["swapoff", "mkfs.ext4", "mount", "restorecon"]);
});

test("everything that is wrong is said at once, and nothing was changed", async () => {
  const machine = await worker({
    uname: () => ({ stdout: "aarch64\n" }),
    blockdev: () => ({ stdout: `${5 * GIB}\n` }),
  });
  machine.installed.delete("podman");
  await machine.write("/proc/self/mountinfo", `1 0 8:1 / /srv\\040data rw - ext4 ${machine.device} rw\n`);
  const source = {
    kind: "context",
    archive: "/no/such.tar",
    sha256: KEY,
    containerfile: "C",
    buildArgs: {},
    pins: {},
    options: { device: ["/dev/kvm", "/dev/fuse"] },
  } as const;
  const job = await makeJob({ ...machine, uid: 1000 }, makeSpec({ ...own, ownMachine: false, source }));
  const message = await prepare(job).then(() => "", String);
  for (const part of [
    "ordinary user",
    "this machine is aarch64, but the build is for x86_64",
    "commands are missing: podman;",
    "build context /no/such.tar is not there",
    "/dev/kvm (source.options.device) is not there; take a worker that can run virtual machines",
    "/dev/fuse (source.options.device) is not there; load its kernel module",
    "in use: mounted on /srv data",
    "has 5.0 GiB, but 10.0 GiB are needed",
  ]) {
    expect(message).toContain(part);
  }
  expect(changes(machine)).toEqual([]);
});

const booted = (mode: "on" | "auto") => ({ firstBoot: { mode, script: "true", timeoutMinutes: 1 } });

test("a first boot that has to be is refused beforehand where a machine that is not ours lacks what it takes", async () => {
  const machine = await worker();
  const refused = prepare(await makeJob(machine, makeSpec(booted("on"))));
  await expect(refused).rejects.toThrow("commands are missing: ssh, ssh-keygen, qemu-system-x86_64; install them");
  await prepare(await makeJob(machine, makeSpec(booted("auto"))));
  expect(changes(machine)).toEqual([]);
});

test("a machine of our own gets what its first boot lacks where it has KVM; auto goes on where that can't be had", async () => {
  const dnf: FakeCommand = () => ({ code: 1, lines: ["no such package"] });
  const machine = await worker({ dnf });
  machine.installed.add("dnf");
  await prepare(await makeJob(machine, makeSpec({ ...own, ...booted("auto") })));
  expect(changes(machine).filter((call) => call.startsWith("dnf"))).toEqual([]);
  await machine.write("/dev/kvm", "");
  const job = await makeJob(machine, makeSpec({ ...own, ...booted("auto") }));
  await prepare(job);
  const install = "dnf -y install openssh openssh-clients qemu-system-x86-core";
  expect(changes(machine).filter((call) => call.startsWith("dnf"))).toEqual([install]);
  expect(await readFile(job.folder.eventsPath, "utf8")).toContain("what the first boot needs is not installed");
  const needed = prepare(await makeJob(machine, makeSpec({ ...own, ...booted("on") })));
  await expect(needed).rejects.toThrow("dnf -y: exit status 1");
});

test.each([
  ["CentOS Stream", 'ID="centos"\nID_LIKE="rhel fedora"\n', "qemu-kvm-core"],
  ["RHEL", 'NAME="Red Hat Enterprise Linux"\nID="rhel"\nID_LIKE="fedora"\n', "qemu-kvm-core"],
  ["AlmaLinux", 'ID="almalinux"\nID_LIKE="rhel centos fedora"\n', "qemu-kvm-core"],
  ["Fedora", "ID=fedora\n", "qemu-system-x86-core"],
])("qemu's package is called as %s calls it, and its program is found where that puts it", async (_, release, name) => {
  const machine = await worker({
    dnf: async () => {
      for (const one of ["ssh", "ssh-keygen"]) machine.installed.add(one);
      if (name === "qemu-kvm-core") await machine.write("/usr/libexec/qemu-kvm", "");
      else machine.installed.add("qemu-system-x86_64");
      return {};
    },
  });
  machine.installed.add("dnf");
  await machine.write("/etc/os-release", release);
  await prepare(await makeJob(machine, makeSpec({ ...own, ...booted("on") })));
  expect(changes(machine)).toContain(`dnf -y install openssh openssh-clients ${name}`);
});

test("a disk with somebody's data is not formatted on a machine that is not ours", async () => {
  const machine = await worker({ blkid: () => ({ stdout: "TYPE=xfs\n" }) });
  await expect(prepare(await makeJob(machine, makeSpec({ ...own, ownMachine: false })))).rejects.toThrow("holds xfs");
  expect(changes(machine)).toEqual([]);
});

test("a scratch device that never appears is waited for, then named", async () => {
  const machine = await worker();
  const job = await makeJob(machine, makeSpec({ ...own, scratchDevice: "/dev/nowhere" }));
  await expect(prepare(job)).rejects.toThrow("/dev/nowhere is not there after 30 s");
});

test("too little room names both numbers; a build that goes on is not measured again", async () => {
  const df: FakeCommand = () => ({ stdout: `Avail 1B-blocks\n${3 * GIB} ${50 * GIB}\n` });
  const machine = await fakeMachine({ df });
  const job = await makeJob(machine, makeSpec({ needGib: 25 }));
  await expect(prepare(job)).rejects.toThrow(
    "/var/lib/containers (on the root file system) has 3.0 GiB free, but 25.0 GiB are needed",
  );
  await mkdir(job.work, { recursive: true });
  await prepare(job);
});

test("a machine of our own closes its cloud's metadata service, once; any other keeps its rules", async () => {
  let code = 0;
  const machine = await worker({ ip: () => ({ code, lines: code === 0 ? [] : ["RTNETLINK answers: File exists"] }) });
  await machine.write("/proc/net/if_inet6", "");
  const rules = () => machine.calls.filter((call) => call.startsWith("ip "));
  await prepare(await makeJob(machine, makeSpec({ ownMachine: false })));
  expect(rules()).toEqual([]);
  await prepare(await makeJob(machine, makeSpec(own)));
  const once = [
    "ip -4 rule add priority 1 to 169.254.169.254/32 prohibit protocol kernel",
    "ip -6 rule add priority 1 to fd00:ec2::254/128 prohibit protocol kernel",
    "ip -6 rule add priority 1 to fe80::a9fe:a9fe/128 prohibit protocol kernel",
  ];
  expect(rules()).toEqual(once);
  code = 2;
  await prepare(await makeJob(machine, makeSpec(own)));
  expect(rules()).toEqual([...once, ...once]);
});

test("a metadata service that can't be closed ends the work", async () => {
  const machine = await worker({ ip: () => ({ code: 2, lines: ["RTNETLINK answers: Operation not supported"] }) });
  await expect(prepare(await makeJob(machine, makeSpec(own)))).rejects.toThrow(
    "the metadata service at 169.254.169.254/32 can't be closed to the build: RTNETLINK answers: Operation not supported",
  );
});

test("a program that only a form of the disk needs is installed where we may, and its lack ends no build", async () => {
  const put = { format: "put", name: "cos", encoding: "qcow2", receiver: "u" } as const;
  const uploads = [...makeSpec().uploads, put];
  const machine: FakeMachine = await fakeMachine({ dnf: () => ({ code: 1 }) });
  machine.installed.delete("qemu-img");
  machine.installed.add("dnf");
  await prepare(await makeJob(machine, makeSpec({ uploads, ownMachine: false, needGib: 0.1 })));
  expect(changes(machine)).toEqual([]);
  const job = await makeJob(machine, makeSpec({ uploads, ownMachine: true, needGib: 0.1 }));
  await prepare(job);
  expect(changes(machine)).toEqual(["dnf -y install qemu-img"]);
  expect(await readFile(job.folder.eventsPath, "utf8")).toContain("no disk is converted here: ");
});

test("missing packages are installed on our own machine, with what it has", async () => {
  const install = (machine: FakeMachine) => () =>
    void ["podman", "zstd"].forEach((name) => machine.installed.add(name));
  const fedora: FakeMachine = await fakeMachine({ dnf: () => install(fedora)() });
  fedora.installed.delete("podman");
  fedora.installed.add("dnf");
  await prepare(await makeJob(fedora, makeSpec({ ownMachine: true })));
  expect(changes(fedora)).toEqual(["dnf -y install podman"]);

  const debian: FakeMachine = await fakeMachine({
    "apt-get": (args) => (args.includes("install") ? install(debian)() : {}),
  });
  debian.installed.delete("podman");
  debian.installed.delete("zstd");
  debian.installed.add("apt-get");
  await prepare(await makeJob(debian, makeSpec({ ownMachine: true })));
  expect(changes(debian).at(-1)).toBe("apt-get -y -o DPkg::Lock::Timeout=600 install podman zstd");

  // Nothing is installed where one of them can't be.
  const builder = { image: "x", kind: "image-builder", packaged: true, rootfs: "xfs", args: [] } as const;
  const before = changes(debian).length;
  debian.installed.delete("podman");
  await expect(prepare(await makeJob(debian, makeSpec({ ownMachine: true, builder })))).rejects.toThrow(
    "image-builder is not there, and only Fedora, CentOS Stream and RHEL have the package; build for x86_64 on one of these",
  );
  expect(changes(debian)).toHaveLength(before);

  const bare = await fakeMachine();
  bare.installed.delete("zstd");
  await expect(prepare(await makeJob(bare, makeSpec({ ownMachine: true })))).rejects.toThrow("neither dnf nor apt-get");
});

test("tmpfs folders of our own machine grow, not beyond its memory; others stay", async () => {
  const tmpfs = "2 1 0:1 / /run rw - tmpfs tmpfs rw\n3 1 0:2 / /tmp rw - tmpfs tmpfs rw\n";
  const df: FakeCommand = (args) => ({
    stdout: args[2] === "/run" || args[2] === "/tmp" ? `a\n1 ${GIB}\n` : `a\n${90 * GIB} ${99 * GIB}\n`,
  });
  const machine = await fakeMachine({ df });
  await machine.write("/proc/self/mountinfo", tmpfs);
  await prepare(await makeJob(machine, makeSpec({ ownMachine: true })));
  // 8 GiB of memory: three quarters of it at most.
  expect(changes(machine)).toEqual([`mount -o remount,size=${3 * GIB} /run`, `mount -o remount,size=${6 * GIB} /tmp`]);
  const foreign = await fakeMachine({ df });
  await foreign.write("/proc/self/mountinfo", tmpfs);
  await prepare(await makeJob(foreign, makeSpec()));
  expect(changes(foreign)).toEqual([]);
});

test("registries: a drop-in on our own machine, a file of the job elsewhere", async () => {
  const machine = await fakeMachine();
  const job = await makeJob(machine, makeSpec({ ownMachine: true, registries }));
  await prepare(job);
  const dropIn = join(machine.root, "etc/containers/registries.conf.d/50-copr-builders.conf");
  const section = '\n[[registry]]\nprefix = "127.0.0.1:15000"\nlocation = "10.0.2.2:15000"\ninsecure = true\n';
  expect(await readFile(dropIn, "utf8")).toBe(`# Written by copr-builders.\n${section}`);
  expect(registriesEnvironment(job)).toEqual({});

  const foreign = await fakeMachine();
  await foreign.write("/etc/containers/registries.conf", 'unqualified-search-registries = ["x"]\n');
  const other = await makeJob(foreign, makeSpec({ registries }));
  await prepare(other);
  const path = registriesEnvironment(other)["CONTAINERS_REGISTRIES_CONF"] ?? "";
  expect(path.startsWith(other.folder.path)).toBe(true);
  expect(await readFile(path, "utf8")).toContain(
    `unqualified-search-registries = ["x"]\n\n# Written by copr-builders.\n${section}`,
  );
  await expect(stat(join(foreign.root, "etc/containers/registries.conf.d"))).rejects.toThrow("ENOENT");
});
