import { afterEach, expect, test, vi } from "vitest";
import { checkScript } from "../../components/check-script";
import { workerOfAttempt } from "../../infra/attempts";
import { workersOf } from "../../infra/specs";
import { parseAttempt, parseJob } from "./settings";
import { agentSpec } from "./spec";

afterEach(() => vi.unstubAllEnvs());

const key = "a".repeat(64);
const job = {
  key,
  arch: "x86_64",
  worker: {
    platform: "libvirt",
    uri: "qemu:///system",
    pool: "workers",
    base: { pool: "base", volume: "debian-12-x86_64.qcow2" },
    vcpus: 2,
    memoryMib: 4096,
    diskGib: 20,
    scratchGib: 40,
    network: { mode: "user" },
    lifetimeMinutes: 180,
  },
  store: { bucket: "builders", region: "us-east-1", endpoint: "http://127.0.0.1:15001" },
  objects: {
    disk: `disks/i/${key}.raw.zst`,
    packages: `packages/i/${key}.json`,
    sbom: `packages/i/${key}.spdx.json`,
    provenance: `packages/i/${key}.provenance.json`,
    record: `builds/i/${key}.json`,
  },
  source: { kind: "image", reference: "registry.test/x@sha256:1" },
  registries: [{ prefix: "127.0.0.1:15000", location: "10.0.2.2:15000", insecure: true }],
  builder: { image: "registry.test/builder@sha256:2", rootfs: "xfs", args: [] },
  provenance: { stack: "abcdefgh2345", startedBy: "me@here", parameters: {}, dependencies: [] },
  needGib: 20,
  forms: [
    {
      ...{ platform: "aws", region: "us-east-1", volumeGib: 10, tags: { a: "b" } },
      role: "arn:aws:iam::123456789012:role/r",
    },
  ],
  attempts: 2,
  stack: "devel",
  identity: "abcdefgh2345",
};

test("a job is taken as it is", () => {
  expect(parseJob(job)).toEqual(job);
});

test("all that a folder's job says of its source and its registries reaches the agent", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIATEST");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "none");
  const build = {
    containerfile: "C",
    buildArgs: { A: "1" },
    pins: { a: "b" },
    target: "slim",
    options: { network: "none" },
    heredocLine: 3,
  };
  const contexts = {
    files: { kind: "folder", folder: "/y", context: { hash: key } },
    base: { kind: "image", reference: "quay.io/b:1" },
  };
  const source = { kind: "context", folder: "/x", context: { hash: key }, contexts, ...build };
  const packed = { sha256: key, folder: "context", containerfile: "context/C", named: { files: "contexts/0" } };
  const contextArchive = { ...packed, path: "/run/context.tar" };
  const authorities = ["-----BEGIN CERTIFICATE-----"];
  const parsed = parseJob({ ...job, source, authorities });
  const spec = await agentSpec({
    ...{ job: parsed, worker: parsed.worker },
    ...{ ownMachine: true, contextArchive, forms: [] },
  });
  expect(spec.source).toEqual({
    ...{ kind: "context", archive: "/run/context.tar", sha256: key, ...build },
    ...{ folder: "context", containerfile: "context/C" },
    contexts: { files: { kind: "folder", path: "contexts/0" }, base: { kind: "image", reference: "quay.io/b:1" } },
  });
  expect(spec.authorities).toEqual(authorities);
});

test("the record says which machine it was, also where it stood in for another", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIATEST");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "none");
  const spare = { ...job.worker, uri: "qemu+ssh://far/system", vcpus: 8, lifetimeMinutes: 60 };
  const parsed = parseJob({ ...job, spares: [spare] });
  const { worker } = workerOfAttempt(parsed, 3, parsed.attempts);
  const spec = await agentSpec({ job: parsed, worker, ownMachine: true, forms: [] });
  expect(worker).toEqual(spare);
  expect(spec.worker).toEqual({ platform: "libvirt", type: workersOf(worker).type(worker) });
  expect(spec.worker.type).not.toBe(workersOf(parsed.worker).type(parsed.worker));
  expect(spec.lifetimeMinutes).toBe(60);
});

test("what is wrong with one is said with its path, all of it", () => {
  const wrong = { ...job, attempts: 0, store: { bucket: "" }, source: { kind: "elsewhere" } };
  expect(() => parseJob(wrong)).toThrow(/store.bucket: .*\n {2}store.region: .*\n {2}source.kind: .*\n {2}attempts: /);
});

test("the first boot runs the very script of the boot check", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIATEST");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "none");
  const firstBoot = { mode: "on", timeoutMinutes: 8, checks: ["rpm -q mock"] };
  const parsed = parseJob({ ...job, firstBoot });
  const spec = await agentSpec({ job: parsed, worker: parsed.worker, ownMachine: true, forms: [] });
  const script = checkScript({ key, checks: ["rpm -q mock"] });
  expect(spec.firstBoot).toEqual({ mode: "on", timeoutMinutes: 8, script });
});

test("an older generation has none, and what to do is said", () => {
  expect(() => parseJob(null)).toThrow("lowering keepGenerations");
});

test("the try is a whole number, and the first one where nobody says", () => {
  expect(parseAttempt(undefined)).toBe(1);
  expect(parseAttempt("12")).toBe(12);
  for (const text of ["", "0", "-1", "1.5", "two", "1e3", "99999"])
    expect(() => parseAttempt(text)).toThrow('"attempt"');
});
