import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../contract/testing/temporary-folder";
import { workerAuthorities } from "./authorities";

const pem = (text: string): string => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----`;
const DIGEST = `sha256:${"a".repeat(64)}`;

/** `HOST/FILE` to its text. */
async function places(files: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return { certificates: { folders: [join(folder, "none"), folder], authorities: [] }, registries: [] };
}

it("are those of the registries that it pulls from, each once, without keys", async () => {
  const settings = await places({
    "r.example:5000/ca.crt": `of a team\n${pem("AAAA")}\n${pem("BBBB")}\n`,
    "r.example:5000/client.cert": pem("CCCC"),
    "r.example:5000/client.key": "-----BEGIN PRIVATE KEY-----",
    "other.example/ca.crt": pem("DDDD"),
    "third.example/ca.crt": pem("AAAA").replace(/\n/g, "\r\n"),
  });
  const pulled = ["r.example:5000/a/b", "r.example:5000/a/c", "third.example/a"].map((name) => `${name}@${DIGEST}`);
  expect(workerAuthorities(pulled, settings)).toHaveLength(2);
  expect(workerAuthorities([`r.example:5000/a/b@${DIGEST}`], settings)).toEqual([pem("AAAA"), pem("BBBB")]);
  expect(workerAuthorities([`r.example/a/b@${DIGEST}`], settings)).toEqual([]);
});

it("are those of the name that the worker reaches it by, too", async () => {
  const settings = await places({ "quay.io/ca.crt": pem("AAAA"), "mirror.example:5000/ca.crt": pem("BBBB") });
  const registries = [{ prefix: "quay.io/a", location: "mirror.example:5000/quay", insecure: false }];
  expect(workerAuthorities([`quay.io/a/b@${DIGEST}`], { ...settings, registries })).toEqual([pem("AAAA"), pem("BBBB")]);
});

it("are not those that every machine has, nor more than fit", async () => {
  const usual = await places({ "quay.io/ca.crt": [...rootCertificates, pem("AAAA")].join("\n") });
  expect(workerAuthorities([`quay.io/a@${DIGEST}`], usual)).toEqual([pem("AAAA")]);
  const many = await places({
    "quay.io/ca.crt": Array.from({ length: 40 }, (_, n) => pem(`${n}`.padEnd(900, "A"))).join("\n"),
  });
  expect(() => workerAuthorities([`quay.io/a@${DIGEST}`], many)).toThrow(
    "certs.d/quay.io has 40 authorities, more than a worker can be sent; leave in it those alone that sign for quay.io",
  );
});
