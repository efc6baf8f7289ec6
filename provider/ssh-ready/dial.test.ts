import { createServer, type AddressInfo, type Server as NetServer, type Socket } from "node:net";
import { Server, utils, type AuthContext } from "ssh2";
import { afterEach, expect, test } from "vitest";
import { makeEd25519 } from "../ssh-key/handler";
import { BOUNDS, type Bounds } from "../ssh-client/hop";
import { dial } from "./dial";

const [host, login, other] = [0, 1, 2].map(() => makeEd25519("")) as [Key, Key, Key];
type Key = ReturnType<typeof makeEd25519>;
const stop = () => new AbortController().signal;
const quick: Bounds = { ...BOUNDS, silentMs: 200, loginMs: 5_000 };

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function listen(server: NetServer | Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** An sshd that lets in who has the login key. */
function sshd(): Promise<number> {
  const allowed = utils.parseKey(login.public);
  if (allowed instanceof Error) throw allowed;
  const server = new Server({ hostKeys: [host.private] }, (client) => {
    client.on("error", () => undefined);
    client.on("authentication", (context: AuthContext) => {
      const ours = context.method === "publickey" && context.key.data.equals(allowed.getPublicSSH());
      if (ours) context.accept();
      else context.reject(["publickey"]);
    });
  });
  return listen(server);
}

function endpoint(port: number, keys: { readonly hostKey?: string; readonly privateKey?: string } = {}) {
  return { host: "127.0.0.1", port, user: "root", privateKey: login.private, hostKey: host.public, ...keys };
}

test("somebody who may log in is let in", async () => {
  expect(await dial(endpoint(await sshd()), stop())).toEqual({ state: "ready" });
});

test("another host key is told with both fingerprints, and a refused login with the user", async () => {
  const port = await sshd();
  expect(await dial(endpoint(port, { hostKey: other.public }), stop())).toEqual({
    state: "wrong key",
    why: expect.stringMatching(
      /^its host key is SHA256:[\w+/]{43}, and must be SHA256:[\w+/]{43}: another machine answers$/,
    ),
  });
  expect(await dial(endpoint(port, { privateKey: other.private }), stop())).toMatchObject({ state: "login refused" });
});

test("a port that accepts and says nothing is silent, one that nobody listens at refused", async () => {
  const sockets: Socket[] = [];
  const mute = createServer((socket) => void sockets.push(socket.on("error", () => undefined)));
  const port = await listen(mute);
  expect(await dial(endpoint(port), stop(), quick)).toEqual({
    state: "silent",
    why: "it accepts connections, and said nothing for 0.2 s",
  });
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((resolve) => mute.close(() => resolve()));
  expect(await dial(endpoint(port), stop(), quick)).toMatchObject({ state: "refused" });
});

test("one that hangs in the middle, or talks something else, ends too", async () => {
  const stuck = await listen(
    createServer((socket) => void socket.on("error", () => undefined).write("SSH-2.0-stuck\r\n")),
  );
  expect(await dial(endpoint(stuck), stop(), { ...quick, loginMs: 300 })).toMatchObject({ state: "broke" });
  const web = await listen(
    createServer((socket) => void socket.on("error", () => undefined).end("HTTP/1.1 400 Bad Request\r\n\r\n")),
  );
  expect(await dial(endpoint(web), stop(), quick)).toMatchObject({ state: "broke" });
});

test("a login key that can't be read is an error that does not show it", async () => {
  const broken = dial(endpoint(1, { privateKey: "-----BEGIN NONSENSE-----\nsecret" }), stop());
  await expect(broken).rejects.toThrow(/^connection\.privateKey can't be read: (?!.*secret)/);
});

test("Ctrl-C ends it at once", async () => {
  const port = await listen(createServer((socket) => void socket.on("error", () => undefined)));
  const controller = new AbortController();
  const dialled = dial(endpoint(port), controller.signal);
  setTimeout(() => controller.abort(new Error("cancelled (Ctrl-C)")), 50);
  await expect(dialled).rejects.toThrow("cancelled (Ctrl-C)");
});
