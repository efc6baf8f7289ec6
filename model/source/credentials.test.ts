import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findCredentials } from "./credentials";
import { answerChallenge } from "./registry-token";

const folder = mkdtempSync(path.join(tmpdir(), "credentials-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const basic = (text: string) => Buffer.from(text).toString("base64");

let files = 0;
function file(content: unknown): string {
  const made = path.join(folder, `${files++}.json`);
  writeFileSync(made, typeof content === "string" ? content : JSON.stringify(content));
  return made;
}
const find = (auths: unknown, registry = "quay.io") => findCredentials([file({ auths })], registry, "a/b");
const me = { kind: "password", user: "me", password: "pa:ss" };
const entry = { auth: basic("me:pa:ss") };

describe("an entry is found", () => {
  it.each([
    "quay.io",
    "quay.io/a",
    "quay.io/a/b",
    "https://quay.io",
    "https://quay.io/v1/",
    "http://quay.io/v2/",
    "quay.io/",
  ])("under %s", async (key) => expect(await find({ [key]: entry })).toEqual(me));
  it.each(["docker.io", "index.docker.io", "https://index.docker.io/v1/", "registry-1.docker.io"])(
    "for Docker Hub under %s",
    async (key) => expect(await find({ [key]: entry }, "docker.io")).toEqual(me),
  );
  it.each(["quay.io/a/c", "quay.io:443", "cdn.quay.io", "quay.io/aa"])("not under %s", async (key) => {
    expect(await find({ [key]: entry })).toBeUndefined();
  });

  it("the most specific one first; empty ones say nothing, in no file", async () => {
    const other = { auth: basic("other:x") };
    expect(await find({ "quay.io": other, "quay.io/a": entry })).toEqual(me);
    expect(await find({ "quay.io": entry, "quay.io/a": {} })).toEqual(me);
    expect(await find({ "https://quay.io": {}, "quay.io": entry })).toEqual(me);
    const empty = [file({ auths: { "quay.io": {} }, credsStore: "desktop" }), file(""), file({ auths: null })];
    expect(await findCredentials([...empty, file({ auths: { "quay.io": entry } })], "quay.io", "a")).toEqual(me);
  });

  it("written out, padded, or as an identity token", async () => {
    expect(await find({ "quay.io": { username: "me", password: "pa:ss" } })).toEqual(me);
    expect(await find({ "quay.io": { auth: basic("me:pa:ss\0\0") } })).toEqual(me);
    expect(await find({ "quay.io": { ...entry, identitytoken: "t" } })).toEqual({ kind: "identity", token: "t" });
  });
});

it("the oldest form, ~/.dockercfg, has the entries at its top", async () => {
  const old = path.join(folder, ".dockercfg");
  writeFileSync(old, JSON.stringify({ "https://quay.io/v1/": entry }));
  expect(await findCredentials([file({}), old], "quay.io", "a")).toEqual(me);
});

it("a broken file or entry is an error without its text", async () => {
  await expect(findCredentials([file('{"auths": secret')], "quay.io", "a")).rejects.toThrow(
    /are not JSON; log in again/,
  );
  const broken = find({ "quay.io": { auth: basic("secret") } });
  await expect(broken).rejects.toThrow(/malformed/);
  await expect(broken).rejects.not.toThrow(/secret/);
});

describe("a helper", () => {
  const helped = async (script: string) => {
    writeFileSync(path.join(folder, "docker-credential-test"), `#!/bin/sh\nread -r host\n${script}\n`, { mode: 0o755 });
    const before = process.env["PATH"];
    process.env["PATH"] = `${folder}:${before}`;
    try {
      return await findCredentials(
        [file({ credHelpers: { "quay.io": "test" }, auths: { "quay.io": entry } })],
        "quay.io",
        "a",
      );
    } finally {
      process.env["PATH"] = before;
    }
  };
  it("gives a password, or a token", async () => {
    const says = (user: string) => `echo '{"ServerURL": "x", "Username": "${user}", "Secret": "'$host'"}'`;
    expect(await helped(says("u"))).toEqual({ kind: "password", user: "u", password: "quay.io" });
    expect(await helped(says("<token>"))).toEqual({ kind: "identity", token: "quay.io" });
  });
  it("that knows nothing leaves it to the entries; one that prints nonsense is named", async () => {
    expect(await helped("echo credentials not found in native keychain; exit 1")).toEqual(me);
    const nonsense = helped("echo secret");
    await expect(nonsense).rejects.toThrow(/docker-credential-test.*printed no credentials/);
    await expect(nonsense).rejects.not.toThrow(/secret/);
  });
});

describe("of several challenges", () => {
  const credentials = { kind: "password", user: "u", password: "p" } as const;
  const answer = (challenges: string[]) =>
    answerChallenge(challenges, { repository: "a", credentials, insecure: false, patience: {} });
  it("one that can be answered is", async () => {
    expect(await answer(["Negotiate", 'Basic realm="a, b", charset=UTF-8'])).toBe(`Basic ${basic("u:p")}`);
    expect(await answer(['Negotiate, Basic realm="x"'])).toBe(`Basic ${basic("u:p")}`);
    // The first that leads somewhere: a token server that can't be asked hides no password behind it.
    expect(await answer(['Basic realm="x", Bearer realm="http://t/",service="s"'])).toBe(`Basic ${basic("u:p")}`);
    expect(await answer(['Bearer realm="http://t/"', 'Basic realm="x"'])).toBe(`Basic ${basic("u:p")}`);
    await expect(answer(["Negotiate"])).rejects.toThrow("neither Bearer nor Basic");
  });

  it("the failure is told that says most, whichever came first", async () => {
    const both = ['Basic realm="x"', 'Bearer realm="http://t/"'];
    const nobody = answerChallenge(both, { repository: "a", credentials: undefined, insecure: false, patience: {} });
    await expect(nobody).rejects.toThrow("http://t is not https");
  });
});
