/** ssh servers on loopback, for tests: machines, and jump hosts that alone know the machines' names. */
import { connect, createServer, type AddressInfo, type Server as NetServer, type Socket } from "node:net";
import { Server, utils, type AuthContext, type Connection, type ServerChannel } from "ssh2";
import { makeEd25519 } from "../../ssh-key/handler";
import type { Endpoint, Hop } from "../endpoint";

export type Key = ReturnType<typeof makeEd25519>;
export const makeKey = (): Key => makeEd25519("");

export interface Machine {
  readonly port: number;
  readonly hostKey: Key;
  /** Lets in whoever has it. */
  readonly login: Key;
  /** Connections that are open now, whatever came of them. */
  readonly open: () => number;
}

/** What an ssh server does with whom it has let in. */
type OnClient = (client: Connection) => void;

export interface Address {
  readonly host: string;
  readonly port: number;
}
type Names = Readonly<Record<string, number>>;
type FindAddress = (name: string) => Promise<Address | undefined>;

function atPort(port: number | undefined): Address | undefined {
  return port === undefined ? undefined : { host: "127.0.0.1", port };
}

function forward({ host, port }: Address, accept: () => ServerChannel, reject: () => void): void {
  const socket = connect(port, host);
  socket.once("error", reject);
  socket.once("connect", () => {
    socket.removeListener("error", reject);
    const channel = accept();
    socket.on("error", () => channel.close());
    channel.on("error", () => socket.destroy()).on("close", () => socket.destroy());
    channel.pipe(socket).pipe(channel);
  });
}

export class Servers {
  /** Of a jump host: it never answers whether it reached that. */
  static readonly HOLDS = -1;

  private readonly ends: (() => void)[] = [];
  private readonly jumping = new Set<Connection>();

  close(): void {
    for (const end of this.ends.splice(0)) end();
  }

  /** Ends all connections to jump hosts. */
  disconnect(): void {
    for (const client of this.jumping) client.end();
  }

  async listen(server: NetServer | Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.ends.push(() => void server.close());
    return (server.address() as AddressInfo).port;
  }

  /** A port that accepts, and says this and ends, or nothing. */
  async port(says = ""): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket.on("error", () => undefined));
      if (says !== "") socket.end(says);
    });
    const port = await this.listen(server);
    const close = (): Promise<void> => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    };
    this.ends.push(() => void close());
    return { port, close };
  }

  /** An sshd that answers each command, with its text if nothing else; `hang` is not answered. */
  machine(answer = (command: string): string => `${command}\n`): Promise<Machine> {
    return this.sshd((client) => {
      client.on("session", (accept) => {
        accept().on("exec", (acceptExec, _reject, { command }) => {
          const channel = acceptExec();
          if (command === "hang") return;
          channel.write(answer(command));
          channel.exit(0);
          channel.end();
        });
      });
    });
  }

  /** An sshd that forwards to these names, `NAME:PORT`, and to nothing else. */
  jumpHost(names: Names | FindAddress, asked: string[] = []): Promise<Machine> {
    const find: FindAddress = typeof names === "function" ? names : (name) => Promise.resolve(atPort(names[name]));
    return this.sshd((client) => {
      this.jumping.add(client.on("close", () => this.jumping.delete(client)));
      client.on("tcpip", (accept, reject, { destIP, destPort }) => {
        const name = `${destIP}:${destPort}`;
        asked.push(name);
        find(name).then((address) => {
          if (address === undefined) reject();
          else if (address.port !== Servers.HOLDS) forward(address, accept, reject);
        }, reject);
      });
    });
  }

  private async sshd(onClient: OnClient): Promise<Machine> {
    const [hostKey, login] = [makeKey(), makeKey()];
    const allowed = utils.parseKey(login.public);
    if (allowed instanceof Error) throw allowed;
    let open = 0;
    const server = new Server({ hostKeys: [hostKey.private] }, (client) => {
      open += 1;
      client.on("error", () => undefined);
      client.on("close", () => void (open -= 1));
      client.on("authentication", (context: AuthContext) => {
        const ours = context.method === "publickey" && context.key.data.equals(allowed.getPublicSSH());
        if (ours) context.accept();
        else context.reject(["publickey"]);
      });
      onClient(client);
    });
    return { port: await this.listen(server), hostKey, login, open: () => open };
  }
}

export function hopTo({ port, hostKey, login }: Machine, changes: Partial<Hop> = {}): Hop {
  return { host: "127.0.0.1", port, user: "root", privateKey: login.private, hostKey: hostKey.public, ...changes };
}

export function endpointTo(machine: Machine, jump: Machine, changes: Partial<Endpoint> = {}): Endpoint {
  return {
    ...hopTo(machine, { host: "machine.internal", port: 22 }),
    proxy: hopTo(jump, { user: "core" }),
    ...changes,
  };
}
