import { expect, it } from "vitest";
import { targetSchema } from "../../infra/specs";
import { pastDeprecations } from "./deprecation";
import { identity, ledgerAfter, settings } from "./fixtures";
import { plan } from "./plan";
import type { LedgerEntry } from "./types";

const DAY_MS = 24 * 60 * 60 * 1000;

const wanting = (days: number | undefined, regions = ["us-east-1"]) =>
  settings(
    { x86_64: ["aws"] },
    {
      targets: {
        aws: targetSchema({}).parse({
          platform: "aws",
          regions: regions.map((name) => ({ name, output: name.replaceAll("-", "_"), subnets: ["subnet-1"] })),
          operatorCidr: "203.0.113.7/32",
          uploadRole: "arn:aws:iam::123456789012:role/upload",
          ...(days === undefined ? {} : { deprecateAfterDays: days }),
        }),
      },
    },
  );
const NOW = new Date("2026-11-24T12:00:00Z");
const first = (days?: number) => plan({ settings: wanting(days), identity, now: NOW, ledger: [] });
/** What stands since so many days. */
const standing = (age: number, days?: number): LedgerEntry[] =>
  ledgerAfter(first(days)).map((entry) => ({
    ...entry,
    disks: Object.fromEntries(
      Object.entries(entry.disks).map(([key, facts]) => [
        key,
        { ...facts, builtAt: new Date(NOW.getTime() - age * DAY_MS).toISOString() },
      ]),
    ),
  }));
function findings(ledger: readonly LedgerEntry[], days: number | undefined, regions?: string[], remade?: string) {
  const { generations } = plan({ settings: wanting(days, regions), identity, now: NOW, ledger });
  const again = generations.map((one) => ({
    ...one,
    images: one.images.map((image) => ({
      ...image,
      places: image.places.map((place) => ({ ...place, ...(remade === undefined ? {} : { remade }) })),
    })),
  }));
  return pastDeprecations({ generations: again, ledger, now: NOW });
}

it("a date that has passed for an image that stands is found by path, with what would do", () => {
  expect(findings(standing(10), 7)).toEqual([
    {
      path: "targets.aws.deprecateAfterDays",
      problem: expect.stringMatching(
        /^copr-builder-x86_64-g1-\S+ in aws\/us-east-1\S* was built at 2026-11-14/,
      ) as string,
      remedy: "give at least 11, or leave it out until a newer generation stands instead",
    },
  ]);
  expect(findings(standing(10), 11)).toEqual([]);
  expect(findings(standing(10), undefined)).toEqual([]);
});

it("one that the image has may pass; one for a new region, or for an image that is made again, may not", () => {
  expect(findings(standing(10, 7), 7)).toEqual([]);
  expect(findings(standing(10, 7), 7, ["us-east-1", "eu-west-1"])).toMatchObject([
    { problem: expect.stringContaining("aws/eu-west-1") as string },
  ]);
  expect(findings(standing(10, 7), 7, undefined, "again")).toHaveLength(1);
  expect(findings(standing(6.9), 7)).toHaveLength(1);
});

it("what is not built yet is younger than any date", () => {
  expect(pastDeprecations({ generations: first(1).generations, ledger: [], now: NOW })).toEqual([]);
});
