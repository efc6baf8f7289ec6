import { describe, expect, it } from "vitest";
import { sha256Of } from "../../contract/record-signature";
import { validUntil } from "../../contract/support-end";
import { commitRecord } from "../../contract/testing/commit-record";
import { ledger } from "../outputs/testing/farm";
import type { Facts } from "./facts";
import { reportJson, reportSchema } from "./json";
import { readBeside, type KeptBeside } from "./kept";
import { markdown } from "./markdown";
import { report } from "./report";
import { farmFacts } from "./testing/facts";

const KEY = "ab".repeat(32);
const STORE = { bucket: "copr-images", region: "us-east-1" };
const NAMES = {
  packages: `packages/devel/${KEY}.json`,
  sbom: `packages/devel/${KEY}.spdx.json`,
  provenance: `packages/devel/${KEY}.provenance.json`,
  record: `builds/devel/${KEY}.json`,
};
const bash = [{ name: "bash", version: "5.2-1.fc44.x86_64" }];

function stored(sbom = "{ }"): Map<string, Buffer> {
  const texts = { [NAMES.packages]: JSON.stringify(bash), [NAMES.sbom]: sbom, [NAMES.provenance]: "{  }" };
  const found = new Map(Object.entries(texts).map(([object, text]) => [object, Buffer.from(text)]));
  const named = (object: string) => ({
    ...{ object, sizeBytes: found.get(object)?.length ?? 0, sha256: sha256Of(found.get(object) ?? Buffer.alloc(0)) },
  });
  const record = commitRecord(
    { key: KEY, arch: "x86_64", objects: { "raw.zst": `disks/devel/${KEY}.raw.zst` } },
    {
      objects: {
        "raw.zst": { object: `disks/devel/${KEY}.raw.zst`, sizeBytes: 3 },
        "packages.json": named(NAMES.packages),
        "sbom.spdx.json": named(NAMES.sbom),
        "provenance.json": named(NAMES.provenance),
      },
    },
  );
  return found.set(NAMES.record, Buffer.from(JSON.stringify(record)));
}

const [newest] = ledger;
const [known] = Object.values(newest?.disks ?? {});
if (newest === undefined || known === undefined) throw new Error("the farm has no disk");

function beside(found: ReadonlyMap<string, Buffer>, more: object = {}): Promise<KeptBeside> {
  const facts = { ...known!, sha256: "d".repeat(64), packages: NAMES.packages, ...more };
  const open = () => ({ getBytes: (object: string) => Promise.resolve(found.get(object)) });
  return readBeside({ key: KEY, facts, stack: "devel" }, STORE, open);
}

describe("what is kept beside a disk", () => {
  it("is named as whoever has an image finds it, with its sha256", async () => {
    const found = stored();
    const named = (object: string) => ({ address: `s3://copr-images/${object}`, sha256: sha256Of(found.get(object)!) });
    const all = { packages: bash, sbom: named(NAMES.sbom), provenance: named(NAMES.provenance), sent: {} };
    expect(await beside(found)).toEqual(all);
    expect(await beside(found, { recordSha256: sha256Of(found.get(NAMES.record)!) })).toEqual(all);
  });

  it("says until when the distribution has updates, if the worker's SBOM does and is as it was built", async () => {
    const image = { SPDXID: "SPDXRef-Image", name: "n" };
    const text = JSON.stringify({ packages: [{ ...image, ...validUntil("2027-05-19") }, ...bash] });
    expect((await beside(stored(text))).supportEnd).toBe("2027-05-19");
    const without = JSON.stringify({ packages: [image, { ...bash[0], ...validUntil("2027-05-19") }] });
    expect(await beside(stored(without))).not.toHaveProperty("supportEnd");
    expect(await beside(stored("no JSON"))).not.toHaveProperty("supportEnd");
    expect(await beside(stored().set(NAMES.sbom, Buffer.from(text)))).not.toHaveProperty("supportEnd");
  });

  it.each(["packages", "sbom", "provenance"] as const)("is refused where its %s was changed since", async (which) => {
    const changed = `${NAMES[which]} was changed after it was built: its sha256 is not the one that the record has`;
    const found = await beside(stored().set(NAMES[which], Buffer.from("[]")));
    const said = { packages: found.packages, sbom: found.sbom?.problem, provenance: found.provenance?.problem };
    expect(said).toEqual({
      ...{ packages: bash, sbom: undefined, provenance: undefined },
      [which]: which === "packages" ? { unreadable: changed } : changed,
    });
  });

  it("is not told by a record of another disk, of another build, or by another than was signed", async () => {
    const problem = `${NAMES.record} is not the record that the images were made from`;
    for (const more of [{ sha256: "e".repeat(64) }, { recordSha256: "f".repeat(64) }]) {
      expect(await beside(stored(), more)).toEqual({ packages: bash, problem });
    }
  });

  it("is named as missing", async () => {
    const found = stored();
    found.delete(NAMES.sbom);
    expect((await beside(found)).sbom?.problem).toBe(`the store has no ${NAMES.sbom}`);
    found.delete(NAMES.record);
    expect(await beside(found)).toEqual({ packages: bash, problem: `the store has no ${NAMES.record}` });
  });
});

it("the report links SBOM and provenance, and says which is not as it was built, on the page and in JSON", async () => {
  const { packages: _list, ...documents } = await beside(stored().set(NAMES.sbom, Buffer.from("[]")));
  const [image] = newest.images;
  const facts: Facts = {
    ...farmFacts,
    documents: new Map([[image?.key ?? "", documents]]),
  };
  const text = markdown(report(facts)).replaceAll("\\", "");
  expect(text).toContain(`s3://copr-images/${NAMES.provenance}`);
  expect(text).toContain(`${NAMES.sbom} was changed after it was built`);
  const json = reportSchema.parse(JSON.parse(JSON.stringify(reportJson(facts))));
  expect(json.generations[0]?.images[0]?.disk).toMatchObject({
    sbom: { address: `s3://copr-images/${NAMES.sbom}`, problem: expect.stringContaining("was changed") },
    provenance: { sha256: sha256Of(Buffer.from("{  }")), problem: null },
    recordProblem: null,
  });
  expect(json.generations[0]?.images[1]?.disk).toMatchObject({ sbom: null, provenance: null });
});
