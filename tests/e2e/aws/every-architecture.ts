/** Images that say they are there for another architecture too: for guests that only say that they are of it. */
import { createHash } from "node:crypto";
import * as z from "zod";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";

const manifestSchema = z.looseObject({ config: z.looseObject({ digest: z.string(), size: z.number() }) });

/**
 * Lists an image of the local registry once for each architecture, its bytes the same, under another tag.
 * @param architectures as OCI names them: amd64, arm64
 */
export async function listForAll(
  registry: string,
  name: string,
  tags: { readonly from: string; readonly to: string },
  architectures: readonly string[],
): Promise<void> {
  const repository = `http://${registry}/v2/${name}`;
  const manifest = manifestSchema.parse(await (await ask(`${repository}/manifests/${tags.from}`)).json());
  const config = z.looseObject({}).parse(await (await ask(`${repository}/blobs/${manifest.config.digest}`)).json());
  const manifests = [];
  for (const architecture of architectures) {
    const own = await putBlob(repository, JSON.stringify({ ...config, architecture }));
    const text = JSON.stringify({ ...manifest, config: { ...manifest.config, ...own } });
    const described = describe(text);
    await put(`${repository}/manifests/${described.digest}`, MANIFEST, text);
    manifests.push({ mediaType: MANIFEST, ...described, platform: { architecture, os: "linux" } });
  }
  const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests });
  await put(`${repository}/manifests/${tags.to}`, INDEX, index);
}

async function putBlob(repository: string, text: string): Promise<{ digest: string; size: number }> {
  const described = describe(text);
  const begun = await ask(`${repository}/blobs/uploads/`, { method: "POST" });
  const location = new URL(begun.headers.get("location") ?? "", repository);
  location.searchParams.set("digest", described.digest);
  await put(location, "application/octet-stream", text);
  return described;
}

function describe(text: string): { digest: string; size: number } {
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  return { digest, size: Buffer.byteLength(text) };
}

async function put(url: string | URL, type: string, body: string): Promise<void> {
  await ask(url, { method: "PUT", headers: { "content-type": type }, body });
}

async function ask(url: string | URL, init: RequestInit = { headers: { accept: MANIFEST } }): Promise<Response> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
  if (!response.ok) throw new Error(`${init.method ?? "GET"} ${String(url)}: ${response.status}`);
  return response;
}
