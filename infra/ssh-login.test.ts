import { expect, it } from "vitest";
import { sshHost, sshUser } from "./ssh-login";

const host = sshHost("name the machine");
const user = sshUser("name the user");

it.each(["bastion", "bastion.example.org", "vm_1", "ZUSER01.", "192.0.2.7", "2001:db8::7", "fe80::1%eth0", "::1"])(
  "%s is a host",
  (value) => expect(host.parse(value)).toBe(value),
);

it.each([
  "ssh://bastion",
  "core@bastion",
  "bastion:2222",
  "[2001:db8::7]",
  "[::1]:22",
  "a b",
  "-oProxyCommand=x",
  "a/b",
])("%s is no host, and the message says where the rest belongs", (value) => {
  const message = `${JSON.stringify(value)} is not the name or address of a machine; name the machine alone, without a scheme, a user (user), a port (port) or brackets`;
  expect(host.safeParse(value).error?.issues.map((issue) => issue.message)).toEqual([message]);
});

it("a user is as sshd knows it, a directory's too", () => {
  for (const value of ["root", "core", "me@example.org", "EXAMPLE\\me", "svc_build$"])
    expect(user.parse(value)).toBe(value);
  for (const value of ["a b", "-l", "a:b", "a/b", "core\n"]) {
    const message = `${JSON.stringify(value)} is not the name of a user; name the user as sshd knows it`;
    expect(user.safeParse(value).error?.issues.map((issue) => issue.message)).toEqual([message]);
  }
});
