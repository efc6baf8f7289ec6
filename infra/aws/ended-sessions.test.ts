/** Sessions that end before the SDK thinks so: the service's own refusals, and what our clients make of them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { temporaryFolder } from "../../contract/testing/temporary-folder";
import { openClients } from "./ask";
import { awsLook } from "./look";
import { openSnapshots } from "./provider/ebs-snapshots";
import { awsClients } from "./provider/clients";
import { openStore } from "../../provider/object-store";

const HOUR_MS = 3_600_000;

let server: Server;
let folder: string;
let url: string;
/** The number of the only session that is taken, and what a request with another one is told. */
let valid = 2;
let refusal = "";
/** Access keys in the order that they were seen. */
let seen: string[] = [];

beforeEach(async () => {
  [seen, valid] = [[], 2];
  folder = await temporaryFolder();
  server = createServer((request, response) => {
    request.resume().on("end", () => {
      const key = keyOf(request);
      seen.push(key);
      const isTaken = key === `ASIASESSION${valid}`;
      response.writeHead(isTaken ? 200 : 400, isTaken ? {} : { "x-amzn-errortype": "ExpiredTokenException" });
      response.end(isTaken ? TAKEN : refusal);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

const keyOf = ({ headers }: IncomingMessage): string =>
  /Credential=([^/]+)\//.exec(headers.authorization ?? "")?.[1] ?? "nobody";

const TAKEN =
  "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

/** Nothing of the environment but this profile. */
function profile(lines: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config"), `[default]\n${lines}\n`);
  const none = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "HTTP_PROXY",
    "http_proxy",
  ];
  for (const name of none) vi.stubEnv(name, undefined);
  const files = { AWS_CONFIG_FILE: join(folder, "config"), AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials") };
  for (const [name, value] of Object.entries({ ...files, AWS_REGION: "us-east-1", AWS_ENDPOINT_URL: url }))
    vi.stubEnv(name, value);
}

/** Each time it is asked, another session, which lives so long as it says. */
function process(livesMs: number): void {
  const program = join(folder, "give");
  const end = new Date(Date.now() + livesMs).toISOString();
  const given = `{"Version":1,"AccessKeyId":"ASIASESSION%s","SecretAccessKey":"s","SessionToken":"t","Expiration":"${end}"}`;
  writeFileSync(program, `printf x >>${folder}/given\nprintf '${given}' "$(wc -c <${folder}/given | tr -d ' ')"\n`);
  profile(`credential_process = sh ${program}`);
}

const s3 = () => openStore({ bucket: "b", region: "us-east-1", endpoint: url });
const query = (code: string) =>
  `<ErrorResponse><Error><Code>${code}</Code><Message>ended</Message></Error></ErrorResponse>`;

it.each([
  ["S3", "<Error><Code>ExpiredToken</Code><Message>ended</Message></Error>", () => s3().put("builds/x.json", "{}")],
  [
    "EC2",
    "<Response><Errors><Error><Code>RequestExpired</Code><Message>Request has expired.</Message></Error></Errors></Response>",
    () => openSnapshots(awsClients())("us-east-1").find("snap-0a"),
  ],
  ["STS", query("ExpiredToken"), () => awsLook({ region: "us-east-1" }, [])],
  [
    "KMS",
    '{"__type":"ExpiredTokenException","message":"ended"}',
    async () => {
      const { DescribeKeyCommand } = await import("@aws-sdk/client-kms");
      await (await openClients("us-east-1")).kms?.send(new DescribeKeyCommand({ KeyId: "k" })).catch(String);
    },
  ],
])(
  "%s refuses a session as ended that has an hour to go: the request is made again with another",
  async (_, says, ask) => {
    refusal = says;
    process(HOUR_MS);
    await ask();
    expect(new Set(seen)).toEqual(new Set(["ASIASESSION1", "ASIASESSION2"]));
    expect(seen.at(-1)).toBe("ASIASESSION2");
  },
);

it("what another tool has written into the file of credentials meanwhile counts", async () => {
  refusal = "<Error><Code>ExpiredToken</Code><Message>ended</Message></Error>";
  const write = (number: number): void =>
    writeFileSync(
      join(folder, "credentials"),
      `[default]\naws_access_key_id = ASIASESSION${number}\naws_secret_access_key = s\naws_session_token = t\n`,
    );
  profile("region = us-east-1");
  write(2);
  const store = s3();
  await store.put("x", "1");
  valid = 3;
  write(3);
  await store.put("x", "2");
  expect(seen).toEqual(["ASIASESSION2", "ASIASESSION2", "ASIASESSION3"]);
});

it("a source that has nothing else to give is asked once more, and its refusal is what is said", async () => {
  refusal = "<Error><Code>ExpiredToken</Code><Message>the session has ended</Message></Error>";
  profile("aws_access_key_id = ASIASESSION1\naws_secret_access_key = s\naws_session_token = t");
  await expect(s3().put("x", "1")).rejects.toThrow("ExpiredToken: the session has ended");
  expect(seen).toEqual(["ASIASESSION1", "ASIASESSION1"]);
});

it("blocks are put with another session once theirs was refused, and with the same before", async () => {
  process(HOUR_MS);
  const { credentials } = openSnapshots(awsClients())("us-east-1");
  const first = await credentials();
  expect(await credentials()).toEqual(first);
  const second = await credentials(first);
  expect([first.accessKeyId, second.accessKeyId]).toEqual(["ASIASESSION1", "ASIASESSION2"]);
  // Of several that were refused together the first has fetched it.
  expect(await credentials(first)).toEqual(second);
});

it("an address is signed with a session that lives as long, where the source has one", async () => {
  process(HOUR_MS);
  const store = s3();
  const signer = async (expiresSeconds: number) =>
    /Credential=(\w+)/.exec(decodeURIComponent(await store.presignGet("disks/k", { expiresSeconds })))?.[1];
  expect(await signer(60)).toBe("ASIASESSION1");
  expect(await signer(7200)).toBe("ASIASESSION2");
  // It gave one as short again: it is not asked for each address.
  expect(await signer(7200)).toBe("ASIASESSION2");
});
