/** A registry on loopback with one image under every name, and what people have signed of it: simple signing and sigstore. */
import { execFileSync } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf, tinyImage } from "./tiny-image";

export interface SignedRegistry {
  readonly host: string;
  /** Of the image. */
  readonly digest: string;
  /** Public halves, as policy.json names their files. */
  readonly gpgKey: Buffer;
  readonly sigstoreKey: string;
  /** Signs the image under this name; another name's signature is no signature of it. */
  signWithGpg(name: string): void;
  signWithSigstore(name: string): void;
  stop(): Promise<void>;
}

const SIGNATURE_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";
const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

export async function signedRegistry(): Promise<SignedRegistry> {
  const { manifest, digest, blobs: ofImage } = tinyImage();
  const blobs = new Map(ofImage);
  const signatures = new Map<string, Buffer>();
  const attached = `${digest.replace(":", "-")}.sig`;
  const server = createServer((request, response) => {
    const url = request.url ?? "";
    const [, name = "", kind, which = ""] = /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(url) ?? [];
    const manifestOf = () => (which.endsWith(".sig") ? signatures.get(`${name}:${which}`) : manifest);
    const body = kind === "manifests" ? manifestOf() : kind === "blobs" ? blobs.get(which) : signatures.get(url);
    if (url !== "/v2/" && body === undefined) {
      response.statusCode = 404;
      response.setHeader("content-type", "application/json");
      response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
      return;
    }
    if (kind === "manifests") response.setHeader("content-type", MANIFEST_TYPE);
    response.end(request.method === "HEAD" ? undefined : body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  const payload = (name: string, type: string): Buffer =>
    Buffer.from(
      JSON.stringify({
        critical: {
          identity: { "docker-reference": `${host}/${name}` },
          image: { "docker-manifest-digest": digest },
          type,
        },
        optional: {},
      }),
    );
  // Sockets of its agent have short names only.
  const home = mkdtempSync(join(tmpdir(), "gpg-"));
  const gpg = (args: readonly string[], input?: Buffer): Buffer =>
    execFileSync("gpg", ["--homedir", home, "--batch", "--quiet", "--passphrase", "", ...args], {
      input,
      stdio: "pipe",
    });
  gpg(["--quick-gen-key", "signer@example.org", "ed25519", "sign", "never"]);
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });

  return {
    host,
    digest,
    gpgKey: gpg(["--export"]),
    sigstoreKey: pair.publicKey.export({ type: "spki", format: "pem" }).toString(),
    signWithGpg: (name) => {
      const text = gpg(["--sign"], payload(`${name}:1`, "atomic container signature"));
      signatures.set(`/lookaside/${name}@${digest.replace(":", "=")}/signature-1`, text);
    },
    signWithSigstore: (name) => {
      const text = payload(name, "cosign container image signature");
      const config = Buffer.from("{}");
      for (const blob of [text, config]) blobs.set(digestOf(blob), blob);
      const signature = sign("sha256", text, pair.privateKey).toString("base64");
      const described = (mediaType: string, blob: Buffer) => ({ mediaType, digest: digestOf(blob), size: blob.length });
      const layer = {
        ...described(SIGNATURE_TYPE, text),
        annotations: { "dev.cosignproject.cosign/signature": signature },
      };
      const about = described("application/vnd.oci.image.config.v1+json", config);
      const whole = { schemaVersion: 2, mediaType: MANIFEST_TYPE, config: about, layers: [layer] };
      signatures.set(`${name}:${attached}`, Buffer.from(JSON.stringify(whole)));
    },
    async stop() {
      execFileSync("gpgconf", ["--homedir", home, "--kill", "all"]);
      rmSync(home, { recursive: true, force: true });
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
