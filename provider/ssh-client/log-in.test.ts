import { afterEach, expect, test } from "vitest";
import { runOverSsh, WrongHostKey } from "../feed/ssh";
import { BOUNDS, type Bounds, type Refusal } from "./hop";
import { logIn, type LoggedIn } from "./log-in";
import type { Endpoint } from "./endpoint";
import { endpointTo, hopTo, makeKey, Servers, type Machine } from "./testing/servers";

const servers = new Servers();
afterEach(() => servers.close());

const quick: Bounds = { ...BOUNDS, forwardMs: 300, silentMs: 300, loginMs: 5_000 };
const never = () => new AbortController().signal;
const MACHINE = "machine.internal:22";

/** A machine that only a jump host knows the name of. */
async function behind() {
  const machine = await servers.machine();
  const asked: string[] = [];
  const jump = await servers.jumpHost({ [MACHINE]: machine.port }, asked);
  return { machine, jump, asked };
}

async function refused(endpoint: Endpoint): Promise<Refusal> {
  const result: LoggedIn | Refusal = await logIn(endpoint, never(), quick);
  if (result.state !== "ready") return result;
  result.end();
  throw new Error("it was let in");
}

async function nobodyIsConnected(...all: readonly Machine[]): Promise<void> {
  await expect.poll(() => all.map(({ open }) => open())).toEqual(all.map(() => 0));
}

test("a machine is reached through its jump host, which alone knows its name, and both connections end", async () => {
  const { machine, jump, asked } = await behind();
  const result = await logIn(endpointTo(machine, jump), never());
  expect([result.state, machine.open(), jump.open()]).toEqual(["ready", 1, 1]);
  expect(asked).toEqual([MACHINE]);
  if (result.state === "ready") result.end();
  await nobodyIsConnected(machine, jump);
});

test("what runs over it says which machine ended, and leaves no connection", async () => {
  const { machine, jump } = await behind();
  const lines: string[] = [];
  const onLine = (line: string) => Promise.resolve(void lines.push(line));
  const talk = { endpoint: endpointTo(machine, jump), command: "done", onLine, stop: never() };
  expect(await runOverSsh(talk)).toEqual({ code: 0, stderr: "" });
  expect(lines).toEqual(["done"]);
  await nobodyIsConnected(machine, jump);

  const controller = new AbortController();
  const hanging = runOverSsh({ ...talk, command: "hang", stop: controller.signal });
  await expect.poll(() => machine.open()).toBe(1);
  controller.abort(new Error("cancelled (Ctrl-C)"));
  await expect(hanging).rejects.toThrow("cancelled (Ctrl-C)");
  await nobodyIsConnected(machine, jump);
});

test("a jump host that goes away ends what runs through it", async () => {
  const { machine, jump } = await behind();
  const result = await logIn(endpointTo(machine, jump), never());
  if (result.state !== "ready") throw new Error(result.why);
  const closed = new Promise<string>((resolve) => result.client.on("close", () => resolve("closed")));
  servers.disconnect();
  expect(await closed).toBe("closed");
  result.end();
});

test("another host key is refused at the jump host, and at the machine behind it, with nothing sent to either", async () => {
  const { machine, jump, asked } = await behind();
  const right = endpointTo(machine, jump);
  const atJump = { ...right, proxy: hopTo(jump, { user: "core", hostKey: makeKey().public }) };
  expect(await refused(atJump)).toEqual({
    state: "wrong key",
    why: expect.stringMatching(
      /^the jump host core@127\.0\.0\.1:\d+: its host key is SHA256:\S+, and must be SHA256:\S+: another machine answers$/,
    ) as string,
    atJumpHost: true,
  });
  expect(asked).toEqual([]);
  const atMachine = { ...right, hostKey: makeKey().public };
  expect(await refused(atMachine)).toEqual({
    state: "wrong key",
    why: expect.stringMatching(/^its host key is SHA256:\S+, and must be SHA256:/) as string,
  });
  const talk = { command: "x", onLine: () => Promise.resolve(undefined), stop: never() };
  for (const endpoint of [atJump, atMachine]) {
    await expect(runOverSsh({ ...talk, endpoint })).rejects.toThrow(WrongHostKey);
  }
  await nobodyIsConnected(machine, jump);
});

test("a login that is refused says where", async () => {
  const { machine, jump } = await behind();
  const right = endpointTo(machine, jump);
  const stranger = makeKey().private;
  expect(await refused({ ...right, proxy: hopTo(jump, { user: "core", privateKey: stranger }) })).toMatchObject({
    state: "login refused",
    why: expect.stringMatching(/^the jump host core@127\.0\.0\.1:\d+: core may not log in/) as string,
    atJumpHost: true,
  });
  expect(await refused({ ...right, privateKey: stranger })).toEqual({
    state: "login refused",
    why: "root may not log in with the key that is given for it",
  });
  await nobodyIsConnected(machine, jump);
});

test("a jump host that nobody listens at, says nothing, or is somebody else", async () => {
  const { machine, jump } = await behind();
  const at = (port: number) => refused({ ...endpointTo(machine, jump), proxy: hopTo(jump, { port }) });
  const mute = await servers.port();
  expect(await at(mute.port)).toMatchObject({ state: "silent", atJumpHost: true });
  await mute.close();
  expect(await at(mute.port)).toMatchObject({
    state: "refused",
    why: `the jump host root@127.0.0.1:${mute.port}: nothing listens there`,
    atJumpHost: true,
  });
  const web = await servers.port("HTTP/1.1 400 Bad Request\r\n\r\n");
  expect(await at(web.port)).toMatchObject({ state: "broke", atJumpHost: true });
});

test("a machine behind it that does not answer is the machine's own trouble", async () => {
  const { machine, jump } = await behind();
  const mute = await servers.port();
  const [knows, lost] = [await servers.jumpHost({ [MACHINE]: mute.port }), await servers.jumpHost({}, [])];
  expect(await refused(endpointTo(machine, knows))).toEqual({
    state: "silent",
    why: "it accepts connections, and said nothing for 0.3 s",
  });
  const holds = await servers.jumpHost({ [MACHINE]: Servers.HOLDS });
  expect(await refused(endpointTo(machine, holds))).toEqual({
    state: "no route",
    why: expect.stringMatching(
      /^the jump host core@127\.0\.0\.1:\d+ reached nothing at machine\.internal:22 within 0\.3 s$/,
    ) as string,
  });
  expect(await refused(endpointTo(machine, lost))).toEqual({
    state: "no route",
    why: expect.stringMatching(/^the jump host \S+ can't reach machine\.internal:22: it does not say why$/) as string,
  });
  await nobodyIsConnected(machine, jump, knows, lost, holds);
});

test("Ctrl-C ends it at once, at either of the two", async () => {
  const { machine } = await behind();
  const mute = await servers.port();
  const jump = await servers.jumpHost({ [MACHINE]: mute.port });
  const right = endpointTo(machine, jump);
  for (const endpoint of [right, { ...right, proxy: hopTo(jump, { port: mute.port }) }]) {
    const controller = new AbortController();
    const dialled = logIn(endpoint, controller.signal);
    setTimeout(() => controller.abort(new Error("cancelled (Ctrl-C)")), 200);
    await expect(dialled).rejects.toThrow("cancelled (Ctrl-C)");
  }
  await nobodyIsConnected(jump);
});

test("a key of the jump host that can't be read is an error that does not show it", async () => {
  const { machine, jump } = await behind();
  const proxy = hopTo(jump, { privateKey: "-----BEGIN NONSENSE-----\nsecret" });
  const broken = logIn({ ...endpointTo(machine, jump), proxy }, never());
  await expect(broken).rejects.toThrow(/^connection\.proxy\.privateKey can't be read: (?!.*secret)/);
  expect(jump.open()).toBe(0);
});
