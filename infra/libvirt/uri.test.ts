import { describe, expect, it } from "vitest";
import { libvirtUriProblem } from "./uri";

describe("a libvirt URI", () => {
  it.each([
    "qemu:///system",
    "qemu:///session",
    "qemu+unix:///system?socket=/run/libvirt/libvirt-sock",
    "qemu+ssh://vmhost-01.example.org/system",
    "qemu+ssh://copr@vmhost-01:2222/system?keyfile=/home/me/.ssh/id",
    "qemu+ssh://root@[2001:db8::1]:22/system",
    "qemu+ssh://10.0.0.7/system",
  ])("%s is good", (uri) => expect(libvirtUriProblem(uri)).toBeUndefined());

  it.each([
    ["qemu+ssh:///system", "needs a host name; write qemu+ssh://HOST/system"],
    ["qemu+ssh://root@/system", "needs a host name; write qemu+ssh://HOST/system"],
    ["qemu+ssh://:22/system", "needs a host name; write qemu+ssh://HOST/system"],
    ["qemu+tls://h/system", "has the scheme qemu+tls, which is not supported; use qemu, qemu+ssh or qemu+unix"],
    ["qemu+tcp://h/system", "has the scheme qemu+tcp, which is not supported; use qemu, qemu+ssh or qemu+unix"],
    ["qemu+libssh2://h/system", "has the scheme qemu+libssh2, which is not supported; use qemu, qemu+ssh or qemu+unix"],
    ["xen+ssh://h/", "has the scheme xen+ssh, which is not supported; use qemu, qemu+ssh or qemu+unix"],
    ["qemu://h/system", "means TLS, which is not supported; write qemu+ssh://h/system"],
    ["qemu://", "has no such path; end it with /system or /session"],
    ["qemu+unix://h/system", "has a host name, but qemu+unix is this machine's; leave it out"],
    ["qemu+unix:///system?socket=run/x", "has a relative socket; write its absolute path"],
    ["qemu+ssh://u:secret@h/system", "holds a password; leave it out and use an ssh key"],
    ["qemu+ssh://h:70000/system", "has the port 70000; use one from 1 to 65535"],
    [
      "qemu+ssh://-oProxyCommand=x/system",
      'has a malformed host name "-oProxyCommand=x"; write qemu+ssh://HOST/system',
    ],
    ["qemu+ssh://h/system?no_verify=1", "switches the check of host keys off; leave out no_verify=1"],
    ["/system", "is not a libvirt URI; write e.g. qemu:///system or qemu+ssh://HOST/system"],
  ])("%s %s", (uri, problem) => expect(libvirtUriProblem(uri)).toBe(`${JSON.stringify(uri)} ${problem}`));
});
