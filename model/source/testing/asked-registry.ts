/** A registry on loopback that has every image there can be, all of them the same, and notes which it is asked for. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseReference } from "../reference";
import { tinyImage } from "./tiny-image";

export interface AskedRegistry {
  readonly host: string;
  /** Of any image. */
  readonly digest: string;
  /** The images asked for since the last call, each once, `NAME:TAG` or `NAME@DIGEST`. */
  taken(): string[];
  stop(): Promise<void>;
}

/** How `taken` names an image. */
export function asked(reference: string): string {
  const { repository, tag, digest } = parseReference(reference);
  return digest === undefined ? `${repository}:${tag}` : `${repository}@${digest}`;
}

export async function askedRegistry(): Promise<AskedRegistry> {
  const { manifest, digest, blobs } = tinyImage();
  let seen = new Set<string>();
  const server = createServer((request, response) => {
    const [, name, kind, which = ""] = /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(request.url ?? "") ?? [];
    const body = kind === "manifests" ? manifest : blobs.get(which);
    if (kind === "manifests") seen.add(`${name}${which.includes(":") ? "@" : ":"}${which}`);
    if (request.url !== "/v2/" && body === undefined) response.statusCode = 404;
    if (kind === "manifests") response.setHeader("content-type", "application/vnd.oci.image.manifest.v1+json");
    response.end(request.method === "HEAD" ? undefined : body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    digest,
    taken() {
      const all = [...seen];
      seen = new Set();
      return all;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
