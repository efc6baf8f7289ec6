/** What workers, clouds, hypervisors, registries and the engine answer, damaged at any place: it is read, or refused in words. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseEventLog } from "../../cli/ci/event-log";
import { prod } from "../../cli/outputs/testing/farm";
import { parseSpec } from "../../contract/parse-agent-spec";
import { parseCommitRecord, recordProblems } from "../../contract/schemas/commit-record";
import { makeSpec } from "../../contract/testing/agent-spec";
import { commitRecord } from "../../contract/testing/commit-record";
import { parseAnswer } from "../../infra/libvirt/provider/image/script";
import { parseLedger } from "../../model/plan/ledger";
import { configArchitecture, listedArchitectures, parseManifest } from "../../model/source/manifest";
import { hold } from "./cases";
import { damaged, damagedJson, deep, hostileText } from "./texts";

/** Nobody reads more of an error. */
const LONGEST_ERROR = 100_000;

/** A programming error is none of the answers: only a reader that says what it refuses has seen it. */
function readOrRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(TypeError);
    expect(error).not.toBeInstanceOf(RangeError);
    expect(String(error).length).toBeLessThan(LONGEST_ERROR);
    return undefined;
  }
}

test("commit records", async () => {
  const expected = { key: "a".repeat(64), arch: "x86_64", objects: { "raw.zst": "disks/x.raw.zst" } };
  const whole = commitRecord(expected, {
    snapshots: {
      "us-east-1": {
        snapshotId: "snap-0123456789abcdef0",
        volumeGib: 1,
        changedBlocks: 1,
        checksum: `${"A".repeat(43)}=`,
      },
    },
    notSent: { "openstack-x": "no room" },
  });
  expect(recordProblems(parseCommitRecord(whole), expected)).toEqual([]);
  await hold("commit records", damaged(whole), (value) => {
    const record = readOrRefused(() => parseCommitRecord(value));
    if (record !== undefined)
      for (const problem of recordProblems(record, expected)) expect(problem.length).toBeLessThan(2_000);
  });
  const trees = { ...whole, objects: deep(100_000), snapshots: Object.fromEntries(numbers(100_000)) };
  expect(readOrRefused(() => parseCommitRecord(trees))).toBeUndefined();
});

function numbers(count: number): [string, number][] {
  return Array.from({ length: count }, (_, at) => [String(at), at]);
}

test("orders, as the agent reads them", async () => {
  const text = fc.oneof(damagedJson(makeSpec()), hostileText());
  await hold("orders as an agent reads them", text, (one) => {
    readOrRefused(() => parseSpec(one, "spec.json"));
  });
});

test("ledgers", async () => {
  const ledger = JSON.parse(JSON.stringify(prod.generations.slice(0, 1))) as unknown;
  expect(parseLedger(ledger)).toHaveLength(1);
  await hold("ledgers", damaged(ledger), (value) => {
    readOrRefused(() => parseLedger(value));
  });
});

test("manifests of a registry", async () => {
  const list = {
    schemaVersion: 2,
    manifests: [{ digest: "sha256:x", platform: { os: "linux", architecture: "amd64" } }],
    config: { digest: "sha256:y" },
  };
  const body = fc.oneof(damagedJson(list), hostileText());
  await hold("a registry's manifests", body, (text) => {
    const bytes = Buffer.from(text);
    const manifest = readOrRefused(() => parseManifest(bytes));
    if (manifest !== undefined) readOrRefused(() => listedArchitectures(manifest));
    readOrRefused(() => configArchitecture(bytes));
  });
});

test("lines of a hypervisor", async () => {
  const word = fc.constantFrom("progress", "status", "volume", "kept", "place", "image", "owned", "gone", "done", "x");
  const line = fc.tuple(word, hostileText({ most: 8 })).map(([first, rest]) => `builders ${first} ${rest}`);
  await hold("a hypervisor's answers", fc.oneof(line, hostileText()), (text) => {
    const answer = readOrRefused(() => parseAnswer(text));
    if (answer?.kind === "progress") expect(Number.isSafeInteger(answer.bytes)).toBe(true);
  });
});

test("lines of the engine's event log", async () => {
  const event = {
    diagnosticEvent: { urn: "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev", message: "m", severity: "info" },
    resourcePreEvent: {
      metadata: {
        op: "update",
        urn: "urn:pulumi:dev::p::a:b:C::n",
        old: { inputs: {} },
        new: { inputs: {} },
        detailedDiff: {},
      },
    },
    policyEvent: { policyPackName: "p", message: "m", policyName: "n", enforcementLevel: "advisory" },
    summaryEvent: {},
  };
  expect(parseEventLog(JSON.stringify(event), (text) => text).messages).toHaveLength(1);
  const line = damagedJson(event);
  await hold("the engine's event log", line, (text) => {
    readOrRefused(() => parseEventLog(text, (said) => said));
  });
});
