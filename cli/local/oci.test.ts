import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasImage, pushImage, sha256, type ImageSpec } from "./oci";

/** What a registry must do for a push: blobs by digest (checked), manifests by tag. */
class FakeRegistry {
  readonly blobs = new Map<string, Buffer>();
  readonly manifests = new Map<string, Buffer>();
  uploads = 0;
  readonly server: Server = createServer((request, response) => {
    void this.answer(request).then(([status, headers]) => response.writeHead(status, headers).end());
  });

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private async answer(request: IncomingMessage): Promise<[number, Record<string, string>]> {
    const url = new URL(request.url ?? "/", "http://registry");
    const body = Buffer.concat((await request.toArray()) as Buffer[]);
    const last = url.pathname.split("/").at(-1) ?? "";
    if (url.pathname.includes("/manifests/")) {
      if (request.method === "PUT") return (this.manifests.set(last, body), [201, {}]);
      const manifest = this.manifests.get(last);
      return manifest ? [200, { "docker-content-digest": digest(manifest) }] : [404, {}];
    }
    if (request.method === "HEAD") return [this.blobs.has(last) ? 200 : 404, {}];
    if (request.method === "POST") return [202, { location: "/v2/x/blobs/uploads/1?_state=s" }];
    const claimed = url.searchParams.get("digest") ?? "";
    if (claimed !== digest(body) || url.searchParams.get("_state") !== "s") return [400, {}];
    this.uploads++;
    return (this.blobs.set(claimed, body), [201, {}]);
  }
}

function digest(data: Buffer): string {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}

describe("pushImage", () => {
  const folder = mkdtempSync(join(tmpdir(), "oci-"));
  const file = join(folder, "layer.tar.zst");
  let registry: FakeRegistry;
  let image: ImageSpec;

  beforeAll(async () => {
    writeFileSync(file, "not really a layer");
    image = {
      name: "x",
      tag: "1",
      architecture: "amd64",
      config: { Cmd: ["/sbin/init"] },
      layers: [{ file, mediaType: "application/test", digest: await sha256(file), diffId: "sha256:d1ff" }],
    };
  });
  beforeEach(async () => {
    registry = new FakeRegistry();
    await new Promise<void>((resolve) => registry.server.listen(0, "127.0.0.1", resolve));
    return () => void registry.server.close();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("uploads layer, configuration and a manifest that names both", async () => {
    const pushed = await pushImage(registry.address, image);
    const manifest = registry.manifests.get("1");
    if (!manifest) throw new Error("no manifest");
    expect(pushed).toBe(digest(manifest));
    const { config, layers } = JSON.parse(manifest.toString()) as Record<"config", { digest: string }> & {
      layers: { digest: string; size: number }[];
    };
    expect(layers).toEqual([
      { mediaType: "application/test", digest: digest(Buffer.from("not really a layer")), size: 18 },
    ]);
    expect(JSON.parse(registry.blobs.get(config.digest)?.toString() ?? "")).toMatchObject({
      architecture: "amd64",
      os: "linux",
      config: { Cmd: ["/sbin/init"] },
      rootfs: { type: "layers", diff_ids: ["sha256:d1ff"] },
    });
    expect(await hasImage(registry.address, "x", "1", pushed)).toBe(true);
    expect(await hasImage(registry.address, "x", "1", "sha256:other")).toBe(false);
    expect(await hasImage(registry.address, "x", "2", pushed)).toBe(false);
  });

  it("sends nothing twice", async () => {
    await pushImage(registry.address, image);
    await pushImage(registry.address, image);
    expect(registry.uploads).toBe(2);
  });

  it("fails with the registry's answer", async () => {
    const [layer] = image.layers;
    if (!layer) throw new Error("no layer");
    const wrong = { ...image, layers: [{ ...layer, digest: "sha256:wrong" }] };
    await expect(pushImage(registry.address, wrong)).rejects.toThrow(/PUT .* with 400/);
  });
});
