import { describe, expect, it } from "vitest";
import { identity, settings, succeeded } from "./fixtures";
import { LedgerError, parseLedger } from "./ledger";
import { plan } from "./plan";
import type { LedgerEntry } from "./types";

const now = new Date("2025-06-17T09:30:12Z");
const everywhere = settings({ x86_64: ["hypervisor", "aws"], s390x: ["ibm_cloud"], ppc64le: ["osuosl"] });
const [first] = plan({ settings: everywhere, identity, ledger: [], now }).generations;
const entry = succeeded(first!, now.toISOString());
const older: LedgerEntry = { ...entry, id: "g0", number: 1 };
const newer: LedgerEntry = { ...entry, id: "g7", number: 7 };

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("the ledger", () => {
  it("is empty before the first success", () => {
    expect(parseLedger(undefined)).toEqual([]);
    expect(parseLedger([])).toEqual([]);
  });

  it("comes back as it was written, in its order: a stack that went back names an older one first", () => {
    expect(parseLedger(json([older, newer]))).toEqual([older, newer]);
  });

  it("of a source image comes back too", () => {
    const image = { kind: "image", reference: "quay.io/a/b:1", digest: `sha256:${"1".repeat(64)}` } as const;
    const recipe = { ...identity.recipe, kind: "image-builder", config: "[customizations]" } as const;
    const changed: LedgerEntry = { ...entry, identity: { ...identity, source: image, from: {}, recipe } };
    expect(parseLedger(json([changed]))).toEqual([changed]);
  });

  it("of one stage comes back too", () => {
    const source = { kind: "context", context: "x", hash: "c".repeat(64), containerfile: "C", buildArgs: {} } as const;
    const changed: LedgerEntry = { ...entry, identity: { ...identity, source: { ...source, target: "slim" } } };
    expect(parseLedger(json([changed]))).toEqual([changed]);
  });

  it.each([2, 0, "1", null])("of version %j is refused, with what to do", (version) => {
    expect(() => parseLedger([{ ...entry, version }])).toThrow(LedgerError);
    expect(() => parseLedger([newer, { ...entry, version }])).toThrow(
      `output "generations"[1] has version ${JSON.stringify(version)}, and this program knows version 1; ` +
        "run it with the version of copr-builders that wrote the output, or a newer one",
    );
  });

  it.each([
    ["no list", {}, /is not a list/],
    ["no entry", [7], /\[0\]: /],
    ["an entry without images", [{ ...entry, images: [] }], /\[0\.images\]: /],
    [
      "a bad key",
      [{ ...entry, images: [{ ...entry.images[0], key: "x" }] }],
      /\[0\.images\.0\.key\]: is not 64 hex digits/,
    ],
    ["a bad time", [{ ...entry, builtAt: "yesterday" }], /\[0\.builtAt\]: /],
    ["more than it should have", [{ ...entry, extra: 1 }], /extra/],
    ["the same generation twice", [entry, entry], /g1 is there twice/],
  ])("with %s is refused, with what to do", (_, output, problem) => {
    expect(() => parseLedger(json(output))).toThrow(problem);
    expect(() => parseLedger(json(output))).toThrow(/pulumi stack export --version N/);
  });
});
