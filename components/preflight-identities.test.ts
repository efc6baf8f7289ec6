import { expect, it } from "vitest";
import type { PlatformUse } from "../infra/platform";
import type { PlatformName } from "../infra/specs";
import { identityLines } from "./preflight-identities";

const use: PlatformUse = { stack: "devel", workers: [], places: [], store: { bucket: "b", region: "us-east-1" } };
const uses = new Map<PlatformName, PlatformUse>([
  ["aws", use],
  ["libvirt", use],
  ["openstack", use],
]);

it("says who we are to each cloud, and goes on where one can't tell", async () => {
  const ask = (name: PlatformName): Promise<string | undefined> => {
    if (name === "openstack") return Promise.reject(new Error("there is no clouds.yaml"));
    return Promise.resolve(name === "aws" ? "arn:aws:iam::123456789012:user/me" : undefined);
  };
  expect(await identityLines(uses, ask)).toEqual([
    "aws: arn:aws:iam::123456789012:user/me",
    "openstack: can't tell who we are: there is no clouds.yaml",
  ]);
});
