/** Writes container images into a registry from root tar files: an image is a few JSON documents and blobs. */
import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";

/** A layer as made from a tar file. */
export interface Layer {
  readonly file: string;
  readonly mediaType: string;
  /** `sha256:...` of the file. */
  readonly digest: string;
  /** `sha256:...` of the tar inside. */
  readonly diffId: string;
}

export interface ImageSpec {
  readonly name: string;
  readonly tag: string;
  /** As OCI names it: amd64, arm64. */
  readonly architecture: string;
  readonly layers: readonly Layer[];
  /** The `config` of the OCI image configuration: Cmd, Entrypoint, WorkingDir. */
  readonly config: Readonly<Record<string, unknown>>;
}

const CONFIG = "application/vnd.oci.image.config.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

export async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return `sha256:${hash.digest("hex")}`;
}

/** Uploads what the registry at `address` lacks; returns the image's digest. */
export async function pushImage(address: string, image: ImageSpec): Promise<string> {
  const repository = `http://${address}/v2/${image.name}`;
  for (const layer of image.layers) {
    await pushBlob(repository, layer.digest, () => createReadStream(layer.file), statSync(layer.file).size);
  }
  const config = Buffer.from(
    JSON.stringify({
      architecture: image.architecture,
      os: "linux",
      config: image.config,
      rootfs: { type: "layers", diff_ids: image.layers.map((layer) => layer.diffId) },
      // One entry a layer: a build on top of an image with fewer is refused.
      history: image.layers.map(() => ({ created_by: "cli/local" })),
    }),
  );
  await pushBlob(repository, digestOf(config), () => config, config.length);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: CONFIG, digest: digestOf(config), size: config.length },
      layers: image.layers.map(({ file, mediaType, digest }) => ({ mediaType, digest, size: statSync(file).size })),
    }),
  );
  await pushManifest(repository, image.tag, manifest, MANIFEST);
  return digestOf(manifest);
}

/** @param name tag or digest */
export async function pushManifest(repository: string, name: string, manifest: Buffer, type: string): Promise<void> {
  await request(`${repository}/manifests/${name}`, {
    method: "PUT",
    headers: { "content-type": type },
    body: manifest,
  });
}

/** True if the registry has that image with that digest. */
export async function hasImage(address: string, name: string, tag: string, digest: string): Promise<boolean> {
  const response = await fetch(`http://${address}/v2/${name}/manifests/${tag}`, {
    method: "HEAD",
    headers: { accept: MANIFEST },
    signal: AbortSignal.timeout(10_000),
  });
  return response.ok && response.headers.get("docker-content-digest") === digest;
}

/** @param repository `http://HOST:PORT/v2/NAME` */
export async function pushBlob(
  repository: string,
  digest: string,
  open: () => Buffer | NodeJS.ReadableStream,
  size: number,
): Promise<void> {
  const there = await fetch(`${repository}/blobs/${digest}`, { method: "HEAD", signal: AbortSignal.timeout(10_000) });
  if (there.ok) return;
  const upload = await request(`${repository}/blobs/uploads/`, { method: "POST" });
  const location = new URL(upload.headers.get("location") ?? "", repository);
  location.searchParams.set("digest", digest);
  await request(location, {
    method: "PUT",
    headers: { "content-type": "application/octet-stream", "content-length": String(size) },
    body: open() as NonNullable<RequestInit["body"]>,
    duplex: "half",
  });
}

async function request(url: string | URL, init: RequestInit & { duplex?: "half" }): Promise<Response> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(300_000) });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(
      `the local registry answered ${init.method ?? "GET"} ${String(url)} with ${response.status}: ${text}`,
    );
  }
  return response;
}

export function digestOf(data: Buffer): string {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}
