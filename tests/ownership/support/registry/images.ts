/** Small images put into a registry that lets everybody: some for both architectures, some for one. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { FILES } from "../../../../model/source/testing/tiny-image";
import { tarOf } from "../../../../model/source/testing/tar-of";

const OCI = "application/vnd.oci.image";

export type Architecture = "amd64" | "arm64";

export interface PushedImage {
  /** E.g. `private/base`. */
  readonly name: string;
  readonly architectures: readonly Architecture[];
  /** What its file `whence` says. */
  readonly whence: string;
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** Pushes it as NAME:1. @returns the digest of its list */
export async function pushImage(host: string, { name, architectures, whence }: PushedImage): Promise<string> {
  const layer = tarOf([...FILES, { path: "whence", content: Buffer.from(`${whence}\n`) }]);
  const packed = await putBlob(host, name, gzipSync(layer));
  const manifests = [];
  for (const architecture of architectures) {
    const config = await putBlob(
      ...[host, name],
      json({
        ...{ architecture, os: "linux", config: {}, history: [{ created_by: "tests" }] },
        rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
      }),
    );
    const one = json({
      ...{ schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json` },
      config: { mediaType: `${OCI}.config.v1+json`, ...config },
      layers: [{ mediaType: `${OCI}.layer.v1.tar+gzip`, ...packed }],
    });
    await putManifest(host, name, digestOf(one), one, `${OCI}.manifest.v1+json`);
    const described = { mediaType: `${OCI}.manifest.v1+json`, digest: digestOf(one), size: one.length };
    manifests.push({ ...described, platform: { architecture, os: "linux" } });
  }
  const list = json({ schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests });
  await putManifest(host, name, "1", list, `${OCI}.index.v1+json`);
  return digestOf(list);
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

async function putBlob(host: string, name: string, bytes: Buffer): Promise<{ digest: string; size: number }> {
  const digest = digestOf(bytes);
  const begun = await fetch(`http://${host}/v2/${name}/blobs/uploads/`, { method: "POST" });
  const upload = new URL(begun.headers.get("location") ?? "", `http://${host}`);
  upload.searchParams.set("digest", digest);
  const headers = { "content-type": "application/octet-stream" };
  await created(await fetch(upload, { method: "PUT", body: new Uint8Array(bytes), headers }));
  return { digest, size: bytes.length };
}

async function putManifest(host: string, name: string, tag: string, bytes: Buffer, type: string): Promise<void> {
  const url = `http://${host}/v2/${name}/manifests/${tag}`;
  await created(await fetch(url, { method: "PUT", body: new Uint8Array(bytes), headers: { "content-type": type } }));
}

async function created(response: Response): Promise<void> {
  if (response.status !== 201) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
}
