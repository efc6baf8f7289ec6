import { expect, test } from "vitest";
import { hypervisor } from "./hypervisor";

test("a local URI is a local shell, its virsh takes the URI as it is", () => {
  const uri = "qemu+unix:///system?socket=/run/my/sock";
  expect(hypervisor(uri)).toEqual({ command: "sh", args: ["-s"], virshUri: uri });
});

test("over ssh: never asks, checks the host key, uses the key of the URI", () => {
  const { command, args, virshUri } = hypervisor("qemu+ssh://me@host.example:2222/system?keyfile=/k&known_hosts=/h");
  expect(command).toBe("ssh");
  expect(args.join(" ")).toContain("-o BatchMode=yes -o StrictHostKeyChecking=yes");
  expect(args.join(" ")).toContain("-o UserKnownHostsFile=/h -i /k -p 2222 me@host.example -- sh -s");
  expect(virshUri).toBe("qemu:///system");
});

test("the socket of a remote URI is one over there", () => {
  expect(hypervisor("qemu+ssh://host/system?socket=/s").virshUri).toBe("qemu+unix:///system?socket=/s");
});

test.each([
  ["qemu+ssh:///system", "needs a host name"],
  ["qemu://host/system", "use qemu+ssh://HOST/system"],
  ["qemu+ssh://host/system?no_verify=1", "no_verify is refused"],
  ["qemu+ssh://host/system?sshauth=agent", "not known here: sshauth"],
  ["qemu:///elsewhere", "needs the path /system or /session"],
  ["xen:///system", "is none of"],
  ["nonsense", "is no URI"],
])("%s: %s", (uri, problem) => {
  expect(() => hypervisor(uri)).toThrow(problem);
});
