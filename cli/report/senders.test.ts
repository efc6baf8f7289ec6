import { expect, it } from "vitest";
import { formOf, imagesOf } from "../../infra/specs";
import type { PlacePlan } from "../../model/plan";
import { ledger } from "../outputs/testing/farm";
import { reportJson, reportSchema } from "./json";
import { markdown } from "./markdown";
import { report } from "./report";
import { senderOf, senderText } from "./senders";
import { farmFacts } from "./testing/facts";

const [newest] = ledger;
const places = (newest?.images ?? []).flatMap((image) => image.places);
const at = (platform: string): PlacePlan => {
  const found = places.find(({ spec }) => spec.platform === platform);
  if (found === undefined) throw new Error(`the farm has no ${platform}`);
  return found;
};
const snapshot = { snapshotId: "snap-1", volumeGib: 10, changedBlocks: 1, checksum: "c" };
const body = { encoding: "raw", receiver: "r", sizeBytes: 1, md5: "m", sha512: "s" } as const;

/** What the agent calls it when it puts the disk there. */
function uploadOf({ spec }: PlacePlan): string {
  const form = formOf(spec)?.form;
  return (form && imagesOf(spec).form?.upload(form)) ?? "";
}

it("the worker, where its record has the snapshot or the body; else the operator's machine, and why", () => {
  const [aws, glance] = [at("aws"), at("openstack")];
  expect(uploadOf(aws)).toBe("us-east-1");
  expect(senderOf(aws, { snapshots: { "us-east-1": snapshot } })).toEqual({ by: "worker" });
  expect(senderOf(aws, { snapshots: { "eu-west-1": snapshot } })).toEqual({ by: "operator" });
  expect(senderOf(glance, { bodies: { [uploadOf(glance)]: body } })).toEqual({ by: "worker" });
  const refused = senderOf(glance, { notSent: { [uploadOf(glance)]: "no access rules" } });
  expect(refused).toEqual({ by: "operator", why: "no access rules" });
  expect(senderText(refused)).toBe("operator's machine: no access rules");
});

it("what was lost is made again from the store, whatever the record says", () => {
  const again = { ...at("aws"), remade: "run-2" };
  expect(senderOf(again, { snapshots: { "us-east-1": snapshot } })).toEqual({ by: "operator" });
});

it("a place that fetches its disk, a copy, and an image that was there", () => {
  expect(senderOf(at("libvirt"), undefined)).toEqual({ by: "place" });
  expect(senderOf({ ...at("aws"), copyOf: "aws/us-east-1/x86_64" }, {})).toEqual({
    by: "copy",
    why: "aws/us-east-1/x86_64",
  });
  expect(senderOf({ ...at("aws"), takenOver: true }, {})).toEqual({ by: "nobody" });
});

it("is not guessed where the record can't be read", () => {
  expect(senderOf(at("aws"), undefined)).toEqual({ by: "unknown" });
});

it("stands beside each place, on the page and in JSON", () => {
  const documents = new Map(
    (newest?.images ?? []).map(({ key }) => [key, { sent: { snapshots: { "us-east-1": snapshot } } }] as const),
  );
  const facts = { ...farmFacts, documents };
  expect(markdown(report(facts))).toMatch(/\| \*\*aws\/us-east-1\/x86\\_64\*\* \| x86\\_64 \| worker \|/);
  const [image] = reportSchema.parse(reportJson(facts)).generations[0]?.images ?? [];
  expect(image?.places.map(({ sentBy }) => sentBy)).toEqual(["worker", "place", "place", "place", "place"]);
});
