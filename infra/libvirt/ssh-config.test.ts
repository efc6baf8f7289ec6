import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterAll, expect, it } from "vitest";
import { parseLibvirtUri } from "./provider/image/uri";
import { missed } from "./ssh-config";

const folder = mkdtempSync(path.join(tmpdir(), "ssh-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** As ssh itself reads these files for `hv1`. */
function found(uri: string, own: string, { system = "", jump = "me" } = {}) {
  const [file, all] = [path.join(folder, "own"), path.join(folder, "all")];
  writeFileSync(file, own);
  writeFileSync(all, `${own}\nHost *\n${system}`);
  const told = (config: string) =>
    execFileSync("ssh", ["-T", "-G", "-F", config, "--", "hv1"], { encoding: "utf8", stdio: "pipe" });
  const answers = { bare: told("none"), own: told(file), all: told(all), file: own, jumpUser: jump };
  return missed(parseLibvirtUri(uri), "me", answers);
}

const URI = "qemu+ssh://me@hv1/system";

it.each([
  ["nothing", URI, ""],
  ["what the plugin reads", URI, "Host hv1\n  HostName hv1.example.org\n  Port 2222\n  IdentityFile ~/.ssh/hv\n"],
  ["a jump host by its name", URI, "Host hv*\n  ProxyJump bastion\n"],
  ["what concerns ssh alone", URI, "Host *\n  ServerAliveInterval 5\n  ControlMaster auto\n  LogLevel ERROR\n"],
  ["what is switched off", URI, "Host *\n  ProxyCommand none\n  IdentityAgent none\n  CertificateFile none\n"],
  ["a Match that says nothing of it", URI, "Match host other\n  Port 2222\n"],
  [
    "what the URI says too",
    `${URI.replace("hv1", "hv1:2222")}?keyfile=/k&knownhosts=/h`,
    "Host hv1\n  Port 2222\n  IdentityFile /a\n  UserKnownHostsFile /b\n  IdentityAgent /c\n",
  ],
])("ssh and the plugin mean the same: %s", (_, uri, own) => expect(found(uri, own)).toBeUndefined());

it.each<[string, string, string, RegExp]>([
  ["Match", "hostname, port", "Match host hv1\n  Port 2222\n  HostName h\n", /Match/],
  [
    "a Match elsewhere",
    "hostname",
    "Host hv1\n HostName h\nMatch exec true\n  Compression yes\n",
    /nothing of a ~\/.ssh/,
  ],
  ["a command", "proxycommand", "Host hv1\n  ProxyCommand ssh -W %h:%p bastion\n", /ProxyJump/],
  ["a jump host with a user", "proxyjump", "Host hv1\n  ProxyJump you@bastion\n", /no user or port/],
  ["two jump hosts", "proxyjump", "Host hv1\n  ProxyJump a,b\n", /one host/],
  ["an agent", "identityagent", "Host *\n  IdentityAgent ~/.1password/agent.sock\n", /SSH_AUTH_SOCK/],
  ["an alias of keys", "hostkeyalias", "Host hv1\n  HostKeyAlias hv\n", /known_hosts/],
  ["other known hosts", "userknownhostsfile", "Host hv1\n  UserKnownHostsFile ~/.ssh/hv\n", /knownhosts=PATH/],
  ["a certificate", "certificatefile", "Host hv1\n  CertificateFile ~/.ssh/a-cert.pub\n", /authorized_keys/],
])("what the plugin would not go by is found: %s", (_, names, own, says) => {
  const { problem = "", remedy = "" } = found(URI, own) ?? {};
  expect(problem).toContain(`says ${names} of hv1`);
  expect(`${problem} ${remedy}`).toMatch(says);
});

it("the port of the file goes before that of the URI, for the plugin", () => {
  expect(found("qemu+ssh://me@hv1:22/system", "Host hv1\n  Port 2222\n")?.problem).toContain("says port of");
});

it("a file of the whole machine is ssh's alone, and another user at the jump host too", () => {
  expect(found(URI, "", { system: "  Port 2222\n" })?.problem).toContain("says port of");
  expect(found(URI, "Host hv1\n  ProxyJump bastion\n", { jump: "ops" })?.problem).toContain("says proxyjump of");
});
