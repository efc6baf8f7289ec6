/** A run outlives what it was given: of every source that gives new credentials, the clients of a process take them when the old ones end. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { storeCredentialsEnd } from "../../../provider/credentials-end";
import { openStore } from "../../../provider/object-store";
import { awsClients } from "./clients";
import { assumeRole } from "./ebs-credentials/session";

/** So long a session lives: the SDK takes a new one when less than five minutes are left. */
const LIVES_MS = 120_000;

let folder: string;
let server: Server;
let url: string;
/** How many sessions were given, and which one signed each request that is not for a session. */
let given = 0;
let signed: string[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "renewed-"));
  server = createServer((request, response) => void answer(request).then((text) => response.end(text)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await new Promise<void>((resolve) => server.close(() => resolve()));
});
afterEach(() => vi.unstubAllEnvs());

const session = () => ({
  AccessKeyId: `ASIASESSION${(given += 1)}`,
  SecretAccessKey: "secret",
  Expiration: new Date(Date.now() + LIVES_MS).toISOString(),
});

async function answer(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const part of request) body += String(part);
  const path = request.url ?? "";
  if (path === "/latest/api/token") return "token";
  if (path === "/latest/meta-data/iam/security-credentials/") return "builder";
  if (path === "/latest/meta-data/iam/security-credentials/builder" || path === "/container") {
    const { AccessKeyId, ...more } = session();
    return JSON.stringify({ Code: "Success", AccessKeyId, Token: "t", ...more });
  }
  const action = /Action=(\w+)/.exec(body)?.[1];
  const name = new URLSearchParams(body).get("RoleSessionName") ?? "";
  // Who asks as the worker's session does, asks with the credentials in question.
  if (action === undefined || name.startsWith("copr-builders-")) {
    signed.push(/Credential=([^/]+)\//.exec(request.headers.authorization ?? "")?.[1] ?? "nobody");
  }
  if (action === undefined)
    return "<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>";
  const { AccessKeyId, SecretAccessKey, Expiration } = name.startsWith("copr-builders-")
    ? { AccessKeyId: "ASIAWORKER", SecretAccessKey: "s", Expiration: new Date().toISOString() }
    : session();
  const fields = Object.entries({ AccessKeyId, SecretAccessKey, SessionToken: "t", Expiration });
  const credentials = fields.map(([key, value]) => `<${key}>${value}</${key}>`).join("");
  return `<${action}Response><${action}Result><Credentials>${credentials}</Credentials></${action}Result></${action}Response>`;
}

/** Nothing of the environment but this; a profile as a file has it. */
function use(environment: Readonly<Record<string, string>>, profile = ""): void {
  const config = join(folder, "config");
  writeFileSync(config, profile);
  const none = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION"];
  const off = ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
  for (const name of [...none, ...off, "AWS_PROFILE", "AWS_ENDPOINT_URL", "HTTP_PROXY", "http_proxy"])
    vi.stubEnv(name, undefined);
  const files = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: join(folder, "none") };
  const all = { ...files, AWS_REGION: "us-east-1", AWS_ENDPOINT_URL_STS: url, AWS_EC2_METADATA_DISABLED: "true" };
  for (const [name, value] of Object.entries({ ...all, ...environment })) vi.stubEnv(name, value);
}

/** Who signs what the store and STS are asked, again and again by the same clients, until both have been asked with another session. */
async function whoSigns(): Promise<string[]> {
  signed = [];
  const store = openStore({ bucket: "b", region: "us-east-1", endpoint: url });
  const give = assumeRole(awsClients());
  const role = "arn:aws:iam::123456789012:role/upload";
  const differ = (own: number) => new Set(signed.filter((_, index) => index % 2 === own)).size > 1;
  // The SDK may fetch the next one beside a request that the last one still signs.
  for (let times = 0; times < 20 && !(differ(0) && differ(1)); times += 1) {
    await store.list("builds/");
    await give([{ region: "us-east-1", snapshotId: "snap-0a", role }]);
  }
  expect([differ(0), differ(1)]).toEqual([true, true]);
  return signed;
}

const SOURCES: readonly (readonly [string, () => void])[] = [
  [
    "credential_process",
    () => {
      const program = join(folder, "give");
      writeFileSync(
        program,
        `#!/bin/sh\nprintf x >>${folder}/given\nprintf '{"Version":1,"AccessKeyId":"ASIASESSION%s","SecretAccessKey":"s","SessionToken":"t","Expiration":"%s"}' "$(wc -c <${folder}/given | tr -d ' ')" "$(date -u -d '+2 minutes' +%FT%TZ)"\n`,
      );
      chmodSync(program, 0o700);
      use({}, `[default]\ncredential_process = ${program}\n`);
    },
  ],
  [
    "web identity",
    () => {
      writeFileSync(join(folder, "token"), "jwt");
      use({ AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/ci", AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, "token") });
    },
  ],
  [
    "a role that a profile assumes",
    () => {
      const roles = "[default]\nrole_arn = arn:aws:iam::123456789012:role/builder\nsource_profile = me\n";
      use({}, `${roles}[profile me]\naws_access_key_id = AKIAME\naws_secret_access_key = s\n`);
    },
  ],
  ["a container's role", () => use({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/container` })],
  [
    "the role of the machine",
    () => use({ AWS_EC2_METADATA_DISABLED: "false", AWS_EC2_METADATA_SERVICE_ENDPOINT: url }),
  ],
];

it.each(SOURCES)("%s gives new ones, and the run goes on with them", { timeout: 120_000 }, async (_, choose) => {
  choose();
  for (const key of await whoSigns()) expect(key).toMatch(/^ASIASESSION\d+$/);
  const end = await storeCredentialsEnd({ bucket: "b", region: "us-east-1", endpoint: url });
  expect(end?.isRenewed).toBe(true);
  expect(end?.at.getTime()).toBeGreaterThan(Date.now());
});

it("the environment has nothing else to give, and says when it ends", async () => {
  const AWS_CREDENTIAL_EXPIRATION = "2026-11-26T14:20:00Z";
  use({ AWS_ACCESS_KEY_ID: "ASIAENV", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t", AWS_CREDENTIAL_EXPIRATION });
  const end = await storeCredentialsEnd({ bucket: "b", region: "us-east-1", endpoint: url });
  expect(end).toEqual({ at: new Date(AWS_CREDENTIAL_EXPIRATION), isRenewed: false });
});
