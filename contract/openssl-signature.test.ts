import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { sha256Of, signStatement } from "./record-signature";
import { testKey } from "./testing/signing-keys";
import { temporaryFolder } from "./testing/temporary-folder";

const RECORD = '{ "a": "record with ü" }\n';

/** The commands of docs/signing.md, as they stand there, on a signature of ours. */
async function check(change: { readonly record?: string; readonly key?: string; readonly statement?: string } = {}) {
  const [, commands = "false"] = /^```bash\n([^]*?)^```$/m.exec(readFileSync("docs/signing.md", "utf8")) ?? [];
  const folder = await temporaryFolder();
  const statement = {
    version: 1,
    record: { object: "builds/ü.json", sha256: sha256Of(Buffer.from(RECORD)) },
    objects: [],
  };
  const signed = signStatement({ ...statement, version: 1 }, testKey("a").privateKey);
  const payload = change.statement === undefined ? signed.payload : Buffer.from(change.statement).toString("base64");
  writeFileSync(join(folder, "signature.json"), JSON.stringify({ ...signed, payload }));
  writeFileSync(join(folder, "record.json"), change.record ?? RECORD);
  writeFileSync(join(folder, "public.pem"), change.key ?? testKey("a").publicPem);
  return promisify(execFile)("bash", ["-c", commands], { cwd: folder });
}

test("openssl alone tells that a record is as it was signed, by the commands of the documentation", async () => {
  expect((await check()).stdout).toBe("Signature Verified Successfully\nrecord.json: OK\n");
}, 60_000);

test.each([
  ["another record", { record: "{}" }, "record.json: FAILED"],
  ["another key", { key: testKey("b").publicPem }, "Signature Verification Failure"],
  ["another statement", { statement: "{}" }, "Signature Verification Failure"],
])(
  "and that it is not: %s",
  async (_what, change, words) => {
    await expect(check(change)).rejects.toMatchObject({ stdout: expect.stringContaining(words), code: 1 });
  },
  60_000,
);
