import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { workDigest } from "../../contract/parse-agent-spec";
import { makeSpec } from "../../contract/testing/agent-spec";
import { fakeMachine, makeJob } from "../testing/fixtures";
import { prepare } from "./prepare";
import { registriesEnvironment } from "./registries";

const PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";

test("podman trusts those of the job besides the machine's, which stay as they are", async () => {
  const spec = makeSpec({ authorities: [PEM, PEM.replace("AAAA", "BBBB")] });
  const job = await makeJob(await fakeMachine(), spec);
  await prepare(job);
  const { SSL_CERT_DIR: folders = "" } = registriesEnvironment(job);
  const [ours = "", ...theirs] = folders.split(":");
  expect(ours).toBe(join(job.folder.path, "authorities"));
  expect(theirs).toEqual(["/etc/ssl/certs", "/etc/pki/tls/certs"]);
  expect(await readFile(join(ours, "0.crt"), "utf8")).toBe(`${PEM}\n`);
  expect(await readFile(join(ours, "1.crt"), "utf8")).toContain("BBBB");
});

test("without any it trusts what the machine trusts; with others it is the same job", async () => {
  const job = await makeJob(await fakeMachine(), makeSpec());
  await prepare(job);
  expect(registriesEnvironment(job)).toEqual({});
  expect(workDigest(makeSpec({ authorities: [PEM] }))).toBe(workDigest(makeSpec()));
});
