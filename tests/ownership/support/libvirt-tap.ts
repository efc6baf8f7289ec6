/** A proxy in front of libvirt's socket: passes everything on as it is, and tells of what changes something. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { Wire } from "./wire";

/** Procedures that change something. Source: libvirt, src/remote/remote_protocol.x, `enum remote_procedure`. */
const CHANGES: Readonly<Record<number, string>> = {
  9: "DomainCreate",
  10: "DomainCreateXML",
  11: "DomainDefineXML",
  12: "DomainDestroy",
  35: "DomainUndefine",
  93: "StorageVolCreateXML",
  94: "StorageVolDelete",
  83: "StoragePoolRefresh",
  125: "StorageVolCreateXMLFrom",
  196: "DomainCreateWithFlags",
  208: "StorageVolUpload",
  231: "DomainUndefineFlags",
  234: "DomainDestroyFlags",
  260: "StorageVolResize",
  350: "DomainDefineXMLFlags",
};
/** Source: libvirt, src/rpc/virnetprotocol.x, `virNetMessageHeader`: length before it, then program, version, procedure. */
const HEADER = { length: 28, procedure: 12, type: 16, serial: 20, status: 24 } as const;
const REPLY = 1;
const OK = 0;

export async function startLibvirtTap(socket: string, target: string, wire: Wire): Promise<() => Promise<void>> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target);
    for (const end of [client, upstream]) {
      open.add(end);
      end.on("close", () => open.delete(end));
      // Whoever is gone takes the other end along.
      end.on("error", () => undefined);
    }
    client.on("close", () => upstream.destroy());
    upstream.on("end", () => client.end());
    upstream.on("close", () => client.destroy());
    client.pipe(upstream);
    // A connection that is broken has no more answers.
    answers(upstream, client, wire).catch(() => client.destroy());
  });
  server.listen(socket);
  await once(server, "listening");
  return async () => {
    server.close();
    for (const end of open) end.destroy();
    await once(server, "close");
  };
}

/** Message by message, so that one can be held back. */
async function answers(upstream: Socket, client: Socket, wire: Wire): Promise<void> {
  let left = Buffer.alloc(0);
  for await (const chunk of upstream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    left = Buffer.concat([left, chunk]);
    for (let length = sizeOf(left); length !== undefined && left.length >= length; length = sizeOf(left)) {
      const message = left.subarray(0, length);
      left = left.subarray(length);
      const done = isDone(message) ? CHANGES[message.readUInt32BE(HEADER.procedure)] : undefined;
      if (done !== undefined) await wire.pass({ service: "libvirt", name: done }, "answered");
      if (!client.destroyed) client.write(message);
    }
  }
}

const sizeOf = (bytes: Buffer): number | undefined => (bytes.length < 4 ? undefined : bytes.readUInt32BE(0));

const isDone = (message: Buffer): boolean =>
  message.length >= HEADER.length &&
  message.readUInt32BE(HEADER.type) === REPLY &&
  message.readUInt32BE(HEADER.status) === OK;
