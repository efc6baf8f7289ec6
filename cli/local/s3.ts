/** The artifact store: an S3 server over a folder. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeClient } from "../../provider/object-store";
import { answersHttp, Daemon } from "./daemon";
import { REPOSITORY, S3, TOOLS } from "./places";

const ENDPOINT = `http://${S3.host}:${S3.port}`;

export function s3Server(): Daemon {
  const { accessKey, secretKey } = credentials();
  return new Daemon({
    name: "s3",
    command: join(TOOLS, "bin/versitygw"),
    args: ["--port", `${S3.host}:${S3.port}`, "--region", S3.region, "--quiet", "posix", S3.data],
    // Not as arguments: every user of the machine can read those.
    env: { ROOT_ACCESS_KEY_ID: accessKey, ROOT_SECRET_ACCESS_KEY: secretKey },
    port: S3.port,
    ready: () => answersHttp(`${ENDPOINT}/`),
  });
}

export async function createBucket(): Promise<void> {
  const credentials = { file: S3.credentials, profile: S3.profile };
  const store = { bucket: S3.bucket, region: S3.region, credentials };
  const client = await makeClient(store, ENDPOINT, REPOSITORY);
  // Not before: what it says about this node's age is silenced by then.
  const { CreateBucketCommand, HeadBucketCommand, NotFound } = await import("@aws-sdk/client-s3");
  try {
    await client.send(new HeadBucketCommand({ Bucket: S3.bucket }));
  } catch (error) {
    if (!(error instanceof NotFound))
      throw new Error(`can't look for bucket ${S3.bucket} at ${ENDPOINT}`, { cause: error });
    await client.send(new CreateBucketCommand({ Bucket: S3.bucket }));
  } finally {
    client.destroy();
  }
}

/** Made once for each checkout. */
function credentials(): { accessKey: string; secretKey: string } {
  mkdirSync(S3.data, { recursive: true });
  if (!existsSync(S3.credentials)) {
    const text = `[${S3.profile}]
aws_access_key_id = local${randomBytes(8).toString("hex")}
aws_secret_access_key = ${randomBytes(24).toString("hex")}
`;
    writeFileSync(S3.credentials, text, { mode: 0o600, flag: "wx" });
  }
  const text = readFileSync(S3.credentials, "utf8");
  const value = (key: string): string => {
    const found = new RegExp(`^${key} *= *(\\S+)`, "m").exec(text)?.[1];
    if (found === undefined) throw new Error(`${S3.credentials} has no ${key}; delete the file to get new credentials`);
    return found;
  };
  return { accessKey: value("aws_access_key_id"), secretKey: value("aws_secret_access_key") };
}
