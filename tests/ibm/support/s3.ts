/** A real S3 server over a folder, on loopback: what the store and Cloud Object Storage are in these tests. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "../../../provider/store";
import { freePort } from "../../../contract/testing/free-port";

export interface S3 {
  /** Each bucket is a folder in it. */
  readonly folder: string;
  readonly endpoint: string;
  readonly store: Store;
  /** What sends a program's client of Cloud Object Storage there. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): void;
}

const KEYS = { accessKeyId: "test", secretAccessKey: "secret" };
const TRIES = 200;

/** @param buckets that are there; the first is the store's */
export async function startS3(location: string, ...buckets: readonly string[]): Promise<S3> {
  const root = mkdtempSync(join(tmpdir(), "s3-"));
  const folder = join(root, "data");
  for (const bucket of buckets) mkdirSync(join(folder, bucket), { recursive: true });
  const file = join(root, "credentials");
  writeFileSync(file, `[test]\naws_access_key_id = test\naws_secret_access_key = ${KEYS.secretAccessKey}\n`);
  const hmac = join(root, "cos_credentials");
  const hmacKeys = { access_key_id: KEYS.accessKeyId, secret_access_key: KEYS.secretAccessKey };
  writeFileSync(hmac, JSON.stringify({ apikey: "x", cos_hmac_keys: hmacKeys }));
  const port = await freePort();
  const args = ["--port", `127.0.0.1:${port}`, "--region", location, "--quiet", "posix", folder];
  const server = spawn(join(__dirname, "../../../.tools/bin/versitygw"), args, {
    env: { ROOT_ACCESS_KEY_ID: KEYS.accessKeyId, ROOT_SECRET_ACCESS_KEY: KEYS.secretAccessKey },
    stdio: "ignore",
  });
  const endpoint = `http://127.0.0.1:${port}`;
  for (let tries = 0; !(await fetch(endpoint).catch(() => undefined)); tries += 1) {
    if (tries >= TRIES) throw new Error(`the S3 server does not answer at ${endpoint}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    ...{ folder, endpoint },
    store: { bucket: buckets[0] ?? "store", region: location, endpoint, credentials: { file, profile: "test" } },
    environment: { COS_CREDENTIALS_FILE: hmac, IBMCLOUD_COS_ENDPOINT: endpoint },
    stop: () => {
      server.kill();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
