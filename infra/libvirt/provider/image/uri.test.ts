import { describe, expect, it } from "vitest";
import { libvirtUriProblem } from "./uri";

describe("a libvirt URI", () => {
  it.each([
    "qemu:///system",
    "qemu:///session",
    "qemu+unix:///system?socket=/run/libvirt/libvirt-sock",
    "qemu:///system?socket=/run/libvirt/libvirt-sock",
    "qemu+ssh://vmhost-01.example.org/system",
    "qemu+ssh://copr@vmhost-01:2222/system?keyfile=/home/me/.ssh/id",
    "qemu+ssh://root@[2001:db8::1]:22/system",
    "qemu+ssh://10.0.0.7/system",
    "qemu+ssh://copr@hv_01/system",
    "qemu+ssh://copr@_gateway/system",
    "qemu+ssh://me%40example.org@h/system",
    "qemu+ssh://h/session?socket=/run/user/1000/libvirt/libvirt-sock",
    "qemu+ssh://h/system?sshauth=agent,privkey&known_hosts=/h&knownhosts=/h&known_hosts_verify=normal&no_tty=1",
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
    ["qemu+ssh://h/system?no_verify=0", "switches the check of host keys off; leave out no_verify=0"],
    ["qemu+ssh://h/system?no_verify", "switches the check of host keys off; leave out no_verify="],
    [
      "qemu+ssh://h/system?known_hosts_verify=auto",
      "switches the check of host keys off; leave out known_hosts_verify=auto",
    ],
    ["qemu+ssh://h/system?keyfile=k", "has a relative keyfile; write its absolute path"],
    ["qemu+ssh://h/system?keyfile=/$HOME/k", 'has a keyfile with one of $ % " \\ in it; name another path'],
    ["qemu+ssh://h/system?keyfile=/a&keyfile=/b", "has keyfile twice; leave one out"],
    ["qemu+ssh://h/system?known_hosts=/a&knownhosts=/b", "has two files of known hosts; leave one out"],
    [
      "qemu+ssh://h/system?keyfile=/a&sshauth=agent",
      "names a keyfile that sshauth=agent makes nothing of; leave one of them out",
    ],
    ["qemu+ssh://h/system?sshauth=ssh-password", "has sshauth=ssh-password; use agent, privkey or both with a comma"],
    ["qemu+ssh://-oX%20y@h/system", 'has a malformed user "-oX y"; name the user'],
    ["qemu+ssh://%zz@h/system", "has a percent sign that stands for nothing; write %25 for one"],
    ["qemu:///system?keyfile=/k", "has the parameter keyfile, which means nothing here; leave it out"],
    ["qemu:///system?socket=s", "has a relative socket; write its absolute path"],
    [
      "qemu+ssh://h/system?command=/opt/ssh",
      "has the parameter command, which not all that connects here takes; leave it out (known: keyfile, knownhosts, sshauth, socket)",
    ],
    [
      "qemu+ssh://h/session",
      "has a session without its socket; add ?socket=/run/user/UID/libvirt/libvirt-sock of that machine",
    ],
    ["/system", "is not a libvirt URI; write e.g. qemu:///system or qemu+ssh://HOST/system"],
  ])("%s %s", (uri, problem) => expect(libvirtUriProblem(uri)).toBe(`${JSON.stringify(uri)} ${problem}`));
});
