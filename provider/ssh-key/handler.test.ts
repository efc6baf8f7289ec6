import { utils } from "ssh2";
import { expect, test } from "vitest";
import { Secret, decode } from "../codec";
import { fakeCall } from "../fake-store";
import { makeEd25519, sshKeyHandler } from "./handler";

const call = fakeCall("urn:pulumi:dev::p::builders:index:SshKey::k");

test("a real pair: the private half is secret and makes the public one", async () => {
  const { outs } = await sshKeyHandler().create(decode({ comment: "the host" }), call);
  expect(outs.publicKeyOpenssh).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]+ the host$/);
  expect(outs.privateKeyOpenssh).toBeInstanceOf(Secret);
  const parsed = utils.parseKey(String((outs.privateKeyOpenssh as Secret).value));
  if (parsed instanceof Error) throw parsed;
  expect(parsed.getPublicSSH().toString("base64")).toBe(String(outs.publicKeyOpenssh).split(" ")[1]);
});

test("every pair can be read: of ssh2's own, one in some hundreds can't", () => {
  const pairs = Array.from({ length: 2000 }, () => makeEd25519("x"));
  expect(pairs.filter((pair) => utils.parseKey(pair.public) instanceof Error)).toEqual([]);
  expect(pairs.filter((pair) => utils.parseKey(pair.private) instanceof Error)).toEqual([]);
});

test("every key is another, and none changes with its comment", async () => {
  const handler = sshKeyHandler();
  const ids = await Promise.all([1, 2].map(async () => (await handler.create(decode({}), call)).id));
  expect(ids[0]).not.toBe(ids[1]);
  expect(handler.diff({ comment: "a" }, { comment: "b" }).changes).toBe(false);
});

test("a comment of two lines would be two keys in authorized_keys", () => {
  expect(sshKeyHandler().check(decode({ comment: "a\nssh-rsa AAAA" }))).toEqual([
    { property: "comment", reason: "must be one line" },
  ]);
});

test("reading keeps the private half secret", async () => {
  const props = await sshKeyHandler().read("i", decode({ privateKeyOpenssh: "p", publicKeyOpenssh: "q" }), call);
  expect(props?.privateKeyOpenssh).toBeInstanceOf(Secret);
});
