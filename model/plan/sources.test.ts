import { describe, expect, it } from "vitest";
import { targetSchema, workerSchema } from "../../infra/specs";
import { hypervisor, identity, ledgerAfter, NOW, settings } from "./fixtures";
import { plan, type PlanSettings } from "./plan";
import type { LedgerEntry, Plan } from "./types";

const regions = (...names: string[]) =>
  targetSchema({}).parse({
    platform: "aws",
    regions: names.map((name) => ({ name, output: name, subnets: ["subnet-1"] })),
    operatorCidr: "203.0.113.7/32",
    uploadRole: "arn:aws:iam::123456789012:role/upload",
    volumeGib: 12,
  });

const workerIn = (region: string) =>
  workerSchema({}).parse({
    platform: "aws",
    region,
    instanceType: "c7i.xlarge",
    subnets: ["subnet-1"],
    ami: { owner: "125523088429", name: "Fedora-*" },
    operatorCidr: "203.0.113.7/32",
  });

function wanted(aws: ReturnType<typeof regions>, workerRegion = "eu-west-1"): PlanSettings {
  const base = settings({ x86_64: ["hypervisor", "aws"] }, { targets: { hypervisor, aws } });
  return { ...base, architectures: { x86_64: { worker: workerIn(workerRegion), publish: ["hypervisor", "aws"] } } };
}

const run = (settings: PlanSettings, ledger: readonly LedgerEntry[] = []) =>
  plan({ settings, identity, ledger, now: NOW });

/** `REGION` where it is made from the disk, `REGION<REGION` where it is copied. */
const shape = ({ generations }: Plan) =>
  generations[0]?.images[0]?.places
    .filter(({ spec }) => spec.platform === "aws")
    .map(({ id, copyOf }) => [id, copyOf].flatMap((name) => name?.split("/")[1] ?? []).join("<"));

describe("one region has the snapshot, the others copy from it", () => {
  it("the worker's own, where it is one of them: the blocks stay inside", () => {
    const planned = run(wanted(regions("us-east-1", "eu-west-1")));
    expect(shape(planned)).toEqual(["us-east-1<eu-west-1", "eu-west-1"]);
    const role = "arn:aws:iam::123456789012:role/upload";
    expect(planned.builds[0]?.forms).toEqual([
      {
        ...{ id: "aws eu-west-1", where: "eu-west-1" },
        form: { platform: "aws", region: "eu-west-1", volumeGib: 12, role, tags: {} },
      },
    ]);
  });

  it("else the first", () => {
    expect(shape(run(wanted(regions("us-east-1", "us-west-2"))))).toEqual(["us-east-1", "us-west-2<us-east-1"]);
  });

  it("the one that has it already, wherever workers are now", () => {
    const ledger = ledgerAfter(run(wanted(regions("us-east-1", "eu-west-1"))));
    const again = run(wanted(regions("us-east-1", "eu-west-1"), "us-east-1"), ledger);
    expect(again.action).toBe("unchanged");
    expect(shape(again)).toEqual(["us-east-1<eu-west-1", "eu-west-1"]);
  });

  it("another, made from the store, when the region that has it is given up", () => {
    const ledger = ledgerAfter(run(wanted(regions("us-east-1", "eu-west-1"))));
    const again = run(wanted(regions("us-east-1")), ledger);
    expect(shape(again)).toEqual(["us-east-1"]);
    expect(again.builds[0]?.forms.map(({ where }) => where)).toEqual(["us-east-1"]);
  });
});
