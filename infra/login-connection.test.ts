import { expect, it } from "vitest";
import { jumpHostAt, type JumpHost } from "./jump-host";
import { loginWith, throughJumpHost } from "./login-connection";

const bastion = { host: "bastion.example.org", port: 22, user: "core", hostKey: "ssh-ed25519 AAAA" };
const through = (more: Partial<JumpHost>) => throughJumpHost({ ...bastion, ...more }).proxy;

it("a connection by an agent has no key: the socket that is named, or whichever the environment of who dials has", () => {
  expect(through({ sshAgent: true })).toEqual(bastion);
  expect(through({ sshAgent: "/run/agent" })).toEqual({ ...bastion, agentSocketPath: "/run/agent" });
  expect(loginWith("worker", { sshAgent: true })).toEqual({});
  expect(throughJumpHost(undefined)).toEqual({});
});

it("for a program in another folder a socket's path is one of the project, and that of the environment stays it", () => {
  const at = (jumpHost: JumpHost) => jumpHostAt({ jumpHost }, "/project").jumpHost;
  expect(at({ ...bastion, sshAgent: "../agent" })).toEqual({ ...bastion, sshAgent: "/agent" });
  expect(at({ ...bastion, sshAgent: true })).toEqual({ ...bastion, sshAgent: true });
  expect(at({ ...bastion, privateKeyFile: "keys/a" })).toEqual({ ...bastion, privateKeyFile: "/project/keys/a" });
});
