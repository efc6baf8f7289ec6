import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { expect, test } from "vitest";
import { EbsSigner } from "./sign";

/** What the signer wants of a hash. */
class Sha256 {
  private readonly hash: Hash | Hmac;
  constructor(secret?: string | Uint8Array) {
    this.hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret);
  }
  update(data: string | Uint8Array): void {
    this.hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
}

test("signs as Amazon's own signer does", async () => {
  const { SignatureV4 } = await import("@smithy/signature-v4");
  const credentials = {
    accessKeyId: "ASIA1",
    secretAccessKey: "secret-of-the-test",
    sessionToken: "token/with+characters==",
  };
  const now = new Date("2026-11-24T11:22:33Z");
  const headers = { "x-amz-checksum": "a+b/c=", "x-amz-checksum-algorithm": "SHA256", "x-amz-data-length": "524288" };
  const path = "/snapshots/snap-0a1b/blocks/17";
  const host = "ebs.us-east-1.amazonaws.com";
  const ours = new EbsSigner(credentials, "us-east-1").sign({ method: "PUT", path, host, headers }, now);
  const signer = new SignatureV4({ credentials, region: "us-east-1", service: "ebs", sha256: Sha256 as never });
  const theirs = await signer.sign(
    {
      ...{ method: "PUT", protocol: "https:", hostname: host, path, query: {} },
      headers: { ...headers, host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
    },
    { signingDate: now },
  );
  expect(ours["authorization"]).toBe(theirs.headers["authorization"]);
});
