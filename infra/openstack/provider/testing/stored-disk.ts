/** A raw disk in a store, packed: behind an address that can be read in ranges. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fakeStore } from "../../../../provider/fake-store";
import type { OpenStore } from "../../../../provider/object-store";

export interface StoredDisk {
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly sha512: string;
  readonly openStore: OpenStore;
  /** Inputs of an image that is made of it. */
  readonly inputs: {
    readonly sizeBytes: number;
    readonly sha256: string;
    readonly object: object;
    readonly store: object;
  };
  /** Ranges that were asked for. */
  readonly reads: string[];
  close(): void;
}

const OBJECT = "disks/test/x.raw.zst";

export async function storeDisk(bytes: Buffer): Promise<StoredDisk> {
  const packed = execFileSync("zstd", ["-qc"], { input: bytes, maxBuffer: 2 ** 30 });
  const reads: string[] = [];
  const server = createServer((request, response) => {
    const { range = "" } = request.headers;
    reads.push(range);
    const [, from = "0", to = ""] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
    const last = Math.min(to === "" ? packed.length - 1 : Number(to), packed.length - 1);
    response.writeHead(206, { etag: '"1"', "content-range": `bytes ${from}-${last}/${packed.length}` });
    response.end(packed.subarray(Number(from), last + 1));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${OBJECT}?X-Signature=secret`;
  const store = { ...fakeStore({}), presignGet: () => Promise.resolve(url) };
  const hash = (name: string): string => createHash(name).update(bytes).digest("hex");
  return {
    ...{ bytes, reads, sha256: hash("sha256"), sha512: hash("sha512"), openStore: () => store },
    inputs: {
      ...{ sizeBytes: bytes.length, sha256: hash("sha256") },
      object: { object: OBJECT, sizeBytes: packed.length },
      store: { bucket: "builders", region: "us-east-1" },
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
