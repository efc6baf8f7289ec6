/** A real S3 server on a loopback port and in a folder of its own. */
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answersHttp } from "../../cli/local/daemon";
import { TOOLS } from "../../cli/local/places";
import { makeClient } from "../../provider/object-store";
import { startService, type Stop } from "./process";
import { freePort } from "../../contract/testing/free-port";

export const BUCKET = "builders";
export const REGION = "us-east-1";
export const PROFILE = "ownership";

export interface StoreService {
  readonly url: string;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly credentials: string;
  /** Each object is a file in here. */
  readonly data: string;
  readonly stop: Stop;
}

export async function startStore(
  folder: string,
  { bucket, region }: { readonly bucket: string; readonly region: string } = { bucket: BUCKET, region: REGION },
): Promise<StoreService> {
  const data = join(folder, "data");
  const credentials = join(folder, "credentials");
  mkdirSync(data, { recursive: true });
  const [key, secret] = [randomBytes(8).toString("hex"), randomBytes(24).toString("hex")];
  writeFileSync(credentials, `[${PROFILE}]\naws_access_key_id = ${key}\naws_secret_access_key = ${secret}\n`, {
    mode: 0o600,
  });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const stop = await startService({
    name: "the S3 server",
    command: join(TOOLS, "bin/versitygw"),
    args: ["--port", `127.0.0.1:${port}`, "--region", region, "--quiet", "posix", data],
    env: { ROOT_ACCESS_KEY_ID: key, ROOT_SECRET_ACCESS_KEY: secret },
    log: join(folder, "log"),
    ready: () => answersHttp(url),
  });
  const client = await makeClient(
    { bucket, region, credentials: { file: credentials, profile: PROFILE } },
    url,
    folder,
  );
  const { CreateBucketCommand } = await import("@aws-sdk/client-s3");
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  const keys = { accessKeyId: key, secretAccessKey: secret };
  return { url, keys, credentials, data: join(data, bucket), stop };
}

/** The keys as IBM Cloud's console shows those of Cloud Object Storage. @returns the file */
export function writeHmacKeys(folder: string, { keys }: StoreService): string {
  const file = join(folder, "cos_credentials");
  const hmac = { access_key_id: keys.accessKeyId, secret_access_key: keys.secretAccessKey };
  writeFileSync(file, JSON.stringify({ cos_hmac_keys: hmac }), { mode: 0o600 });
  return file;
}
