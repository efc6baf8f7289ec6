import { expect, test } from "vitest";
import { Secret, decode } from "../codec";
import { fakeCall } from "../fake-store";
import type { Dialled } from "./dial";
import { sshReadyHandler } from "./handler";

const URN = "urn:pulumi:dev::outer::builders:index:SshReady::a";
const connection = { host: "192.0.2.1", port: 22, user: "root", privateKey: "SECRET", hostKey: "ssh-ed25519 AAAA" };
const INPUTS = decode({ connection, machine: "i-1" });

/** Answers with these in turn, the last again and again; each dial takes a second of a clock that nobody waits for. */
function handler(answers: readonly Dialled[]) {
  let clock = 0;
  let asked = 0;
  const wait = {
    now: () => clock,
    sleep: (ms: number, stop: AbortSignal) => {
      clock += ms;
      return stop.aborted ? Promise.reject(stop.reason as Error) : Promise.resolve();
    },
  };
  const dial = () => {
    clock += 1000;
    const answer = answers[Math.min(asked++, answers.length - 1)];
    return answer === undefined ? Promise.reject(new Error("no answer")) : Promise.resolve(answer);
  };
  return { handler: sshReadyHandler({ dial, wait }), seconds: () => clock / 1000 };
}

const silent: Dialled = { state: "silent", why: "it accepts connections, and said nothing for 10 s" };
const refused: Dialled = { state: "refused", why: "nothing listens there" };
const wrong: Dialled = { state: "wrong key", why: "its host key is SHA256:a, and must be SHA256:b" };

test("a machine that boots is waited for, and its key stays secret", async () => {
  const { handler: it } = handler([{ state: "no route", why: "?" }, refused, silent, wrong, { state: "ready" }]);
  const { id, outs } = await it.create(INPUTS, fakeCall(URN));
  expect(id).toBe("i-1");
  expect(outs["connection"]).toBeInstanceOf(Secret);
});

test("one that never answers ends within 10 minutes, with the last try and what to look at, and no secret", async () => {
  for (const [answer, words] of [
    [silent, /^root@192\.0\.2\.1:22 let nobody in within 10 minutes; the last try: it accepts .* firewall/],
    [refused, /nothing listens there; does it boot/],
  ] as const) {
    const { handler: it, seconds } = handler([answer]);
    const failure: unknown = await it.create(INPUTS, fakeCall(URN)).catch((error: unknown) => error);
    expect(String(failure)).toMatch(new RegExp(words.source.replace("^", "")));
    expect(String(failure)).not.toContain("SECRET");
    expect(seconds()).toBeLessThan(610);
  }
});

test("another machine's key is an error after a minute, and what broke it off in between begins that again", async () => {
  const stays = handler([wrong]);
  await expect(stays.handler.create(INPUTS, fakeCall(URN))).rejects.toThrow(
    "its host key is SHA256:a, and must be SHA256:b; it was so for 60 s, and nothing was sent to it",
  );
  expect(stays.seconds()).toBeLessThan(70);
  const passes = handler([
    ...Array<Dialled>(20).fill(wrong),
    refused,
    ...Array<Dialled>(20).fill(wrong),
    { state: "ready" },
  ]);
  await passes.handler.create(INPUTS, fakeCall(URN));
});

test("a jump host that lets nobody through is told from the machine behind it", async () => {
  const proxy = { ...connection, host: "bastion", user: "core", privateKey: "SECRET" };
  const inputs = decode({ connection: { ...connection, proxy }, machine: "i-1" });
  const failure = async (answer: Dialled): Promise<string> => {
    const error: unknown = await handler([answer])
      .handler.create(inputs, fakeCall(URN))
      .catch((reason: unknown) => reason);
    expect(String(error)).not.toContain("SECRET");
    return String(error);
  };
  const where = "root@192.0.2.1:22 (through core@bastion:22)";
  expect(await failure({ ...refused, atJumpHost: true })).toBe(
    `Error: ${where} let nobody in within 10 minutes; the last try: nothing listens there; ` +
      "does sshd run on the jump host, at jumpHost.port?",
  );
  expect(await failure(refused)).toContain("does it boot");
  const forbidden = { state: "forbidden", why: "the jump host forwards nothing to it", atJumpHost: true } as const;
  expect(await failure(forbidden)).toMatch(
    /it was so for 60 s, .*; let the jump host's sshd forward .*AllowTcpForwarding/,
  );
  expect(await failure({ ...wrong, atJumpHost: true })).toMatch(/60 s, .*jumpHost\.hostKey an older key/);
});

test("only another machine waits again", () => {
  const { diff } = handler([]).handler;
  expect(
    diff({ connection, machine: "i-1" }, { connection: { ...connection, host: "x" }, machine: "i-1" }).changes,
  ).toBe(false);
  expect(diff({ machine: "i-1" }, { machine: "i-2" }).replaces).toEqual(["machine"]);
});
