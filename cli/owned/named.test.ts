import { expect, it } from "vitest";
import type { ImageUser } from "../../infra/platform";
import type { Judged, Verdict } from "./judge";
import { withUsers } from "./named";

const orphaned: Verdict = { kind: "orphaned", why: "no state knows of it" };
const thing = (id: string, users?: () => Promise<readonly ImageUser[]>, verdict: Verdict = orphaned): Judged => ({
  found: {
    ...{ platform: "aws", kind: "AMI", id, name: id, where: "us-east-1", owners: {} },
    ...(users && { users }),
    remove: () => Promise.resolve(),
  },
  verdict,
});
const template = { imageId: "ami-1", kind: "launch template", id: "arn:lt-1" };
const nobody = () => Promise.reject(new Error("nobody is to be asked"));

it("an orphan that something names is in use by it, and so is one of which that can't be told", async () => {
  const judged = await withUsers([
    thing("ami-1", () => Promise.resolve([template, { ...template, kind: "instance", id: "arn:i-1" }])),
    thing("ami-2", () => Promise.resolve([])),
    thing("ami-3", () => Promise.reject(new Error("what names it can't be told"))),
    thing("disks/x"),
  ]);
  expect(judged.map(({ verdict }) => verdict)).toEqual([
    { kind: "in use", by: "named by launch template arn:lt-1, instance arn:i-1" },
    orphaned,
    { kind: "in use", by: "what names it can't be told" },
    orphaned,
  ]);
});

it("what nothing deletes is not asked about", async () => {
  const owned: Verdict = { kind: "owned", by: "g1" };
  const [judged] = await withUsers([thing("ami-1", nobody, owned)]);
  expect(judged?.verdict).toEqual(owned);
});
