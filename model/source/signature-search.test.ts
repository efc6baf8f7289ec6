import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../../contract/testing/temporary-folder";
import { worker } from "../plan/fixtures";
import { readContainerfile } from "./containerfile";
import type { IdentitySettings } from "./identity";
import { registryClient } from "./registry";
import { checkSignatures } from "./signature-search";
import { readSignatures } from "./signatures";
import { signedRegistry, type SignedRegistry } from "./testing/signed-registry";

let registry: SignedRegistry;
beforeAll(async () => {
  registry = await signedRegistry();
}, 60_000);
afterAll(() => registry.stop());

const GPG = { type: "signedBy", keyType: "GPGKeys", keyPath: "key" };
const SIGSTORE = { type: "sigstoreSigned", keyPath: "key" };
const PATIENCE = { attempts: 1, timeoutMs: 5000 };
const builds = (archs: readonly ("x86_64" | "aarch64")[]) =>
  Object.fromEntries(archs.map((arch) => [arch, { worker, publish: [] }]));

/** What a preview says of a base under such a policy. */
async function said(
  name: string,
  requirement: object,
  place: object,
  more: Partial<IdentitySettings> = {},
  wider = {},
) {
  const folder = await temporaryFolder();
  mkdirSync(join(folder, "registries.d"));
  writeFileSync(join(folder, "key"), "a keyring");
  writeFileSync(
    join(folder, "registries.d/here.yaml"),
    JSON.stringify({ ...wider, docker: { [registry.host]: place } }),
  );
  const docker = { [`${registry.host}/${name}`]: [requirement] };
  const policy = { default: [{ type: "insecureAcceptAnything" }], transports: { docker } };
  writeFileSync(join(folder, "policy.json"), JSON.stringify(policy));
  const reference = `${registry.host}/${name}:1`;
  const settings: IdentitySettings = {
    source: { kind: "context", context: "x", containerfile: "Containerfile", buildArgs: {} },
    disk: {
      builder: { image: `${registry.host}/free/bib:1`, kind: "bootc-image-builder", packaged: [] },
      ...{ rootfs: "xfs", args: [], needGib: 1 },
    },
    ...{ registries: [], authFiles: [], proxies: {}, certificates: { folders: [], authorities: [] } },
    architectures: builds(["x86_64", "aarch64"]),
    ...more,
  };
  const text = `FROM ${reference}\n`;
  const needs = { x86_64: readContainerfile(text, "x86_64"), aarch64: readContainerfile(text, "aarch64") };
  const signatures = await readSignatures(
    folder,
    { policy: "policy.json", registriesD: "registries.d" },
    { [reference]: registry.digest },
  );
  const patience = { ...settings, patience: PATIENCE };
  return checkSignatures(patience, { needs, signatures }, registryClient(patience));
}

const lookaside = () => ({ lookaside: `http://${registry.host}/lookaside` });
const attached = { "use-sigstore-attachments": true };

test("a base without the signature that the policy wants is foretold, with where it was looked for", async () => {
  const where = (at: string) =>
    `must be signed; for x86_64, aarch64 there is no signature (${at}): podman will refuse it on the worker; ` +
    `sign ${registry.digest}, or build on another image`;
  const hex = registry.digest.replace("sha256:", "");
  expect(await said("gpg", GPG, lookaside())).toEqual([
    `${registry.host}/gpg:1 (x/Containerfile, line 1) ${where(`http://${registry.host}/lookaside/gpg@sha256=${hex}/signature-1`)}`,
  ]);
  expect(await said("cosign", SIGSTORE, attached)).toEqual([
    `${registry.host}/cosign:1 (x/Containerfile, line 1) ${where(`${registry.host}/cosign:sha256-${hex}.sig`)}`,
  ]);
});

test("nothing is said once it is signed, of what need not be, and of what only podman can find", async () => {
  registry.signWithGpg("gpg-signed");
  registry.signWithSigstore("cosign-signed");
  expect(await said("gpg-signed", GPG, lookaside())).toEqual([]);
  const exact = { ...GPG, signedIdentity: { type: "matchExact" } };
  expect(await said("gpg-signed", exact, lookaside())).toEqual([
    expect.stringMatching(/must be signed; for x86_64, aarch64 matchExact takes .* write matchRepoDigestOrExact$/),
  ]);
  expect(await said("cosign-signed", SIGSTORE, attached)).toEqual([]);
  expect(await said("any", { type: "insecureAcceptAnything" }, {})).toEqual([]);
  expect(await said("by-the-registry", GPG, {})).toEqual([]);
  const mirror = { prefix: registry.host, location: "mirror.example", insecure: true };
  expect(await said("mirrored", GPG, lookaside(), { registries: [mirror] })).toEqual([]);
});

test("a place by its name of before is looked at where it is the most specific", async () => {
  const old = { sigstore: lookaside().lookaside };
  const elsewhere = { "default-docker": { lookaside: "http://127.0.0.1:1/" } };
  expect(await said("old-word", GPG, old, {}, elsewhere)).toEqual([
    expect.stringContaining(`there is no signature (http://${registry.host}/lookaside/old-word@sha256=`),
  ]);
});

test("signatures that podman does not look for are a mistake of registries.d; no answer is no signature missing", async () => {
  registry.signWithSigstore("not-looked-for");
  expect(await said("not-looked-for", SIGSTORE, {})).toEqual([
    expect.stringContaining(
      `podman looks for no signature: set use-sigstore-attachments: true for ${registry.host}/not-looked-for in registries.d`,
    ),
  ]);
  expect(await said("gone", GPG, { lookaside: "http://127.0.0.1:1/" })).toEqual([
    expect.stringMatching(/whether it is there can't be told: .*ECONNREFUSED/),
  ]);
});
