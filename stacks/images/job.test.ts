import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../contract/testing/temporary-folder";
import type { Identity } from "../../model/plan";
import type { Sources } from "../../model/source";
import type { BuildSettings } from "../../model/settings";
import { workerJob } from "./job";

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const found: Identity = {
  keyVersion: 1,
  source: { kind: "context", context: "images/x", hash: "h", containerfile: "Containerfile", buildArgs: { A: "1" } },
  // Of the second an earlier version knew; no worker needs it.
  from: { "quay.io/fedora/fedora-bootc:42": digest("a"), "quay.io/unused:1": digest("d") },
  recipe: { builder: { reference: "quay.io/b/builder:latest", digest: digest("b") }, rootfs: "xfs", args: ["--y"] },
};
const image = (reference: string, line: number) => ({ reference, line, arch: "x86_64" as const });
const takes = () => true;
const sources: Sources = {
  identity: found,
  needs: {
    x86_64: {
      images: [image("quay.io/fedora/fedora-bootc:42", 1)],
      takes,
      builderArgs: { TARGETARCH: "amd64" },
      contexts: new Set(),
      heredocLine: 3,
    },
  },
  takes,
  warnings: [],
  files: { Containerfile: "0123456789ab" },
};
const settings = {
  source: { kind: "context", context: "images/x", containerfile: "Containerfile", buildArgs: { A: "1" } },
  architectures: {
    x86_64: { worker: { platform: "ssh", host: "h", privateKeyFile: "keys/k", lifetimeMinutes: 60 }, publish: [] },
  },
  store: { bucket: "b", region: "r" },
  registries: [],
  disk: { needGib: 7 },
  attempts: 3,
  firstBoot: "auto",
  bootCheck: { boots: 3, timeoutMinutes: 8, checks: ["true"] },
} as unknown as BuildSettings;
const args = {
  key: "ab".repeat(32),
  sources,
  project: "/project",
  stack: "devel",
  identity: "abcdefgh2345",
  folder: "abcdefgh2345",
  forms: [],
  provenance: { stack: "abcdefgh2345", startedBy: "me@here", parameters: {}, dependencies: [] },
};

describe("workerJob", () => {
  it("has the checks of the boot check for the first boot, and none where that is off", () => {
    const firstBoot = { mode: "auto", timeoutMinutes: 8, checks: ["true"] };
    expect(workerJob(settings, { ...args, arch: "x86_64" }).firstBoot).toEqual(firstBoot);
    expect(workerJob({ ...settings, firstBoot: "off" }, { ...args, arch: "x86_64" })).not.toHaveProperty("firstBoot");
  });

  it("has the authorities of the registries that the worker pulls from, and no others", async () => {
    const folder = await temporaryFolder();
    const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    for (const host of ["quay.io", "other.example"]) {
      await mkdir(join(folder, host));
      await writeFile(join(folder, host, "ca.crt"), host === "quay.io" ? pem : pem.replace("A", "B"));
    }
    const trusting = { ...settings, certificates: { folders: [folder], authorities: [] } };
    expect(workerJob(trusting, { ...args, arch: "x86_64" }).authorities).toEqual([pem]);
    expect(workerJob(settings, { ...args, arch: "x86_64" })).not.toHaveProperty("authorities");
  });

  it("names those that stand in for the worker, with paths that hold in another folder too", () => {
    const { x86_64 } = settings.architectures;
    const spares = [{ ...x86_64?.worker, host: "spare" }];
    const listed = { ...settings, architectures: { x86_64: { ...x86_64, spares } } } as unknown as BuildSettings;
    const job = workerJob(listed, { ...args, arch: "x86_64" });
    expect(job.worker).toMatchObject({ host: "h", privateKeyFile: "/project/keys/k" });
    expect(job.spares).toMatchObject([{ host: "spare", privateKeyFile: "/project/keys/k" }]);
    expect(workerJob(settings, { ...args, arch: "x86_64" })).not.toHaveProperty("spares");
  });

  it("hands over whose images are pulled, where the settings say so", () => {
    const handed = { policy: "{}", registriesD: {} };
    const signed = { ...args, sources: { ...sources, signatures: { handed, notes: [] } }, arch: "x86_64" } as const;
    expect(workerJob(settings, signed).signatures).toEqual(handed);
    expect(workerJob(settings, { ...args, arch: "x86_64" })).not.toHaveProperty("signatures");
  });

  it("gives the worker digests where tags may move, and paths that hold in another folder", () => {
    const job = workerJob(settings, { ...args, arch: "x86_64" });
    expect(job.builder.image).toBe(`quay.io/b/builder@${digest("b")}`);
    expect(job.source).toEqual({
      kind: "context",
      folder: "/project/images/x",
      context: { hash: "h", files: sources.files },
      containerfile: "Containerfile",
      buildArgs: { TARGETARCH: "amd64", A: "1" },
      pins: { "quay.io/fedora/fedora-bootc:42": `quay.io/fedora/fedora-bootc@${digest("a")}` },
      heredocLine: 3,
    });
    const slim = {
      ...sources,
      identity: { ...sources.identity, source: { ...sources.identity.source, target: "slim" } },
    };
    expect(workerJob(settings, { ...args, sources: slim, arch: "x86_64" }).source).toEqual({
      ...job.source,
      target: "slim",
    });
    expect(job.worker).toMatchObject({ privateKeyFile: "/project/keys/k" });
    expect(job.objects).toEqual({
      disk: `disks/abcdefgh2345/${args.key}.raw.zst`,
      packages: `packages/abcdefgh2345/${args.key}.json`,
      sbom: `packages/abcdefgh2345/${args.key}.spdx.json`,
      provenance: `packages/abcdefgh2345/${args.key}.provenance.json`,
      record: `builds/abcdefgh2345/${args.key}.json`,
    });
    expect(job).toMatchObject({ needGib: 7, attempts: 3, stack: "devel" });
  });

  it("has what the Containerfile knows by another name, and that file where it is", () => {
    const contexts = {
      files: { folder: "shared", hash: "f" },
      base: { image: "quay.io/b:1" },
      other: { folder: "o", hash: "o" },
    };
    const { needs, identity } = sources;
    const found = {
      ...sources,
      needs: { x86_64: { ...needs.x86_64, contexts: new Set(["files", "base"]) } },
      identity: { ...identity, source: { ...identity.source, containerfile: "../C", contexts } },
      contextFiles: { files: { a: "0123456789ab" }, other: {} },
    } as Sources;
    const outside = { ...settings, source: { ...settings.source, containerfile: "../far/C" } } as BuildSettings;
    expect(workerJob(outside, { ...args, sources: found, arch: "x86_64" }).source).toMatchObject({
      containerfile: "../far/C",
      contexts: {
        files: { kind: "folder", folder: "/project/shared", context: { hash: "f", files: { a: "0123456789ab" } } },
        base: { kind: "image", reference: "quay.io/b:1" },
      },
    });
  });

  it("asks for the forms that the plan wants, whatever machine builds, as far as one access writes them", () => {
    const form = (region: string, role: string) => ({
      ...{ platform: "aws" as const, region, volumeGib: 10, tags: {} },
      role: `arn:aws:iam::123456789012:role/${role}`,
    });
    const forms = [form("us-east-1", "r"), form("eu-west-1", "other"), form("us-west-2", "r")];
    expect(workerJob(settings, { ...args, forms, arch: "x86_64" }).forms).toEqual([forms[0], forms[2]]);
  });

  it("takes an image that exists by its digest", () => {
    const source = { kind: "image", reference: "quay.io/x/y:1", digest: digest("c") } as const;
    const job = workerJob(settings, {
      ...args,
      sources: { ...sources, identity: { ...found, source } },
      arch: "x86_64",
    });
    expect(job.source).toEqual({ kind: "image", reference: `quay.io/x/y@${digest("c")}` });
  });

  it("names the files of a context as long as they fit into the worker program's environment", () => {
    const files = Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`some/folder/file-${n}`, "0123456789ab"]));
    const job = workerJob(settings, { ...args, sources: { ...sources, files }, arch: "x86_64" });
    expect(job.source).toMatchObject({ context: { hash: "h" } });
    expect(JSON.stringify(JSON.stringify(job)).length).toBeLessThan(128 * 1024);
  });

  it("refuses an architecture that the settings do not have", () => {
    expect(() => workerJob(settings, { ...args, arch: "s390x" })).toThrow("architectures.s390x: not in the settings");
  });
});
