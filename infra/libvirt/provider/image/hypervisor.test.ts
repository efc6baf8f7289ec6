import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { hypervisor, pluginUri, virsh } from "./hypervisor";

test("a local URI is a local shell, its virsh takes the URI as it is", () => {
  const uri = "qemu+unix:///system?socket=/run/my/sock";
  expect(hypervisor(uri)).toEqual({ command: "sh", args: ["-s"], virshUri: uri });
});

test("over ssh: never asks, checks the host key, uses the key of the URI", () => {
  const { command, args, virshUri } = hypervisor("qemu+ssh://me@host.example:2222/system?keyfile=/k&known_hosts=/h");
  expect(command).toBe("ssh");
  expect(args.join(" ")).toContain("-o BatchMode=yes -o StrictHostKeyChecking=yes");
  expect(args.join(" ")).toContain(
    // The key of the URI alone: an agent is asked beside it where sshauth says so, and never lent.
    "-o ForwardAgent=no -o UserKnownHostsFile=/h -o IdentityAgent=none -i /k -p 2222 me@host.example -- sh -s",
  );
  expect(hypervisor("qemu+ssh://host/system?keyfile=/k&sshauth=agent,privkey").args).not.toContain(
    "IdentityAgent=none",
  );
  expect(pluginUri("qemu+ssh://me@host/system?keyfile=/k")).toBe(
    "qemu+ssh://me@host/system?keyfile=/k&sshauth=privkey",
  );
  expect(virshUri).toBe("qemu:///system");
});

test("a URI without a user means the one that ssh would take, to the plugin too", () => {
  const said = spawnSync("ssh", ["-G", "some-host"], { encoding: "utf8" }).stdout;
  const user = /^user (.+)$/m.exec(said)?.[1] ?? "";
  expect(user).not.toBe("");
  expect(pluginUri("qemu+ssh://some-host/system")).toBe(`qemu+ssh://${user}@some-host/system`);
  expect(hypervisor("qemu+ssh://some-host/system").args).toContain(`${user}@some-host`);
});

test("the socket of a remote URI is one over there", () => {
  expect(hypervisor("qemu+ssh://host/system?socket=/s").virshUri).toBe("qemu+unix:///system?socket=/s");
});

test("virsh and the plugin are told the same as ssh, by the names that each reads", () => {
  const uri =
    "qemu+ssh://me%40x.org@[2001:db8::1]:2222/system?known_hosts=/h%20h&keyfile=/a+b&sshauth=privkey&no_tty=1";
  expect(pluginUri(uri)).toBe(
    "qemu+ssh://me%40x.org@[2001:db8::1]:2222/system?keyfile=/a%2Bb&knownhosts=/h%20h&sshauth=privkey",
  );
  expect(hypervisor(uri).args.join(" ")).toContain(
    '-o UserKnownHostsFile="/h h" -o IdentityAgent=none -i /a+b -p 2222 me@x.org@2001:db8::1 -- sh -s',
  );
  const { command, args } = virsh(uri, ["pool-info", "my pool"]);
  expect(command).toBe("ssh");
  expect(args.join(" ")).toMatch(/me@x\.org@2001:db8::1 -- virsh -c qemu:\/\/\/system pool-info 'my pool'$/);
  expect(virsh("qemu:///system", ["pool-list"]).args).toEqual(["-c", "qemu:///system", "pool-list"]);
});

test("the plugin is told the socket of a session: it would ask the system's libvirt", () => {
  expect(pluginUri("qemu:///session")).toMatch(/^qemu\+unix:\/\/\/session\?socket=\/.*\/libvirt\/libvirt-sock$/);
  expect(pluginUri("qemu:///system")).toBe("qemu:///system");
});

test("what is wrong with a URI is an error", () => {
  expect(() => hypervisor("qemu+ssh://host/system?no_verify=0")).toThrow("switches the check of host keys off");
});
