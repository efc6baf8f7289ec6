/** Small images put into a registry that lets everybody: some for both architectures, some for one. */
import { gzipSync } from "node:zlib";
import { digestOf, pushBlob, pushManifest } from "../../../../cli/local/oci";
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

/** Pushes it as NAME:1. @returns the digest of its list */
export async function pushImage(host: string, { name, architectures, whence }: PushedImage): Promise<string> {
  const layer = tarOf([...FILES, { path: "whence", content: Buffer.from(`${whence}\n`) }]);
  const repository = `http://${host}/v2/${name}`;
  const packed = await putBlob(repository, gzipSync(layer));
  const manifests = [];
  for (const architecture of architectures) {
    const config = await putBlob(
      repository,
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
    await pushManifest(repository, digestOf(one), one, `${OCI}.manifest.v1+json`);
    const described = { mediaType: `${OCI}.manifest.v1+json`, digest: digestOf(one), size: one.length };
    manifests.push({ ...described, platform: { architecture, os: "linux" } });
  }
  const list = json({ schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests });
  await pushManifest(repository, "1", list, `${OCI}.index.v1+json`);
  return digestOf(list);
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

async function putBlob(repository: string, bytes: Buffer): Promise<{ digest: string; size: number }> {
  const described = { digest: digestOf(bytes), size: bytes.length };
  await pushBlob(repository, described.digest, () => bytes, described.size);
  return described;
}
