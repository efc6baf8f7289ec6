import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { fakeMachine, makeJob } from "../testing/fixtures";
import { TestStore } from "../testing/store";
import { KEY, makeSpec, presigned } from "../../contract/testing/agent-spec";
import type { AgentSpec } from "../../contract/agent-spec";
import { spdxDocument } from "./spdx";
import { keepStatements } from "./statements";

const order = {
  stack: "abcdefgh2345",
  startedBy: "me@here",
  parameters: { source: { kind: "context" } },
  dependencies: [{ uri: "docker://quay.io/a/base:1", digest: { sha256: "a".repeat(64) } }],
};
const builtAt = "2026-11-28T06:00:00.123Z";
const made = {
  image: { id: "i", digest: `sha256:${"d".repeat(64)}` },
  raw: { path: "/disk.raw", sizeBytes: 1, builtAt },
  disk: { sizeBytes: 1, dataBytes: 1, sha256: "e".repeat(64) },
  list: {
    supportEnd: "2027-05-19",
    packages: [{ name: "bash", version: "5.2-1.fc44.x86_64" }],
    stored: { object: "p", sizeBytes: 1, sha256: "f".repeat(64) },
  },
};

test("what is in a disk and where it comes from is in the store, as the record says", async () => {
  const store = await TestStore.start();
  const at = (object: string) => ({ object, url: presigned(store.url, object) });
  const statements: AgentSpec["statements"] = {
    sbom: at("packages/me/k.spdx.json"),
    provenance: { ...at("packages/me/k.provenance.json"), order },
  };
  const job = await makeJob(await fakeMachine(), makeSpec({ statements }, store.url));
  const stored = await keepStatements(job, made);
  const bytes = (object: string) => store.objects.get(`builders/${object}`) ?? Buffer.alloc(0);
  const [sbom, provenance] = [bytes("packages/me/k.spdx.json"), bytes("packages/me/k.provenance.json")];
  const named = (object: string, text: Buffer) => ({
    ...{ object, sizeBytes: text.length, sha256: createHash("sha256").update(text).digest("hex") },
  });
  expect(stored).toEqual({
    "sbom.spdx.json": named("packages/me/k.spdx.json", sbom),
    "provenance.json": named("packages/me/k.provenance.json", provenance),
  });
  expect(JSON.parse(sbom.toString())).toMatchObject({
    packages: [{ SPDXID: "SPDXRef-Image", validUntilDate: "2027-05-19T23:59:59Z" }, { name: "bash" }],
  });
  expect(JSON.parse(provenance.toString())).toMatchObject({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "disks/local/x.raw.zst", digest: { sha256: "e".repeat(64) } }],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        externalParameters: order.parameters,
        internalParameters: {
          ...{ buildKey: KEY, arch: "x86_64", startedBy: "me@here" },
          worker: { platform: "ssh", type: "builder.example" },
        },
        resolvedDependencies: order.dependencies,
      },
      runDetails: {
        builder: { id: "urn:copr-builders:stack:abcdefgh2345" },
        metadata: { invocationId: KEY, finishedOn: builtAt },
        byproducts: [
          { name: "packages/me/k.spdx.json", digest: { sha256: createHash("sha256").update(sbom).digest("hex") } },
          { name: "OCI image", digest: { sha256: "d".repeat(64) } },
        ],
      },
    },
  });
  expect(await keepStatements(await makeJob(await fakeMachine(), makeSpec()), made)).toEqual({});
});

test("packages are named as scanners know them", () => {
  const subject = { name: "n", imageDigest: "sha256:d", diskSha256: "e", builtAt };
  const list = [
    { name: "bind-libs", version: "32:9.18-1.fc44.x86_64" },
    { name: "libstdc++6", version: "12.2.0-14" },
    { name: "gpg-pubkey", version: "1a-2b.(none)" },
  ];
  const { packages, relationships, creationInfo } = spdxDocument(subject, list);
  expect(
    packages.flatMap((one) => ("externalRefs" in one ? one.externalRefs.map((ref) => ref.referenceLocator) : [])),
  ).toEqual([
    "pkg:rpm/bind-libs@9.18-1.fc44?arch=x86_64&epoch=32",
    "pkg:deb/libstdc%2B%2B6@12.2.0-14",
    "pkg:deb/gpg-pubkey@1a-2b.(none)",
  ]);
  expect(creationInfo.created).toBe("2026-11-28T06:00:00Z");
  expect(relationships).toHaveLength(4);
});
