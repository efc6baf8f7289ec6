import { describe, expect, it } from "vitest";
import { awsPlaces, awsTarget, awsWorker } from "./settings";

const target = {
  platform: "aws",
  regions: [
    { name: "us-east-1", output: "us_east", subnets: ["subnet-1"] },
    { name: "eu-west-1", output: "eu_west", subnets: ["subnet-2"] },
  ],
  uploadRole: "arn:aws:iam::123456789012:role/upload",
  operatorCidr: "203.0.113.7/32",
};
const worker = {
  platform: "aws",
  region: "us-east-1",
  instanceType: "c7i.xlarge",
  subnets: ["subnet-1"],
  ami: { owner: "125523088429", name: "Fedora-*" },
};

/** Messages by path. */
function mistakes(schema: { safeParse(value: unknown): ReturnType<ReturnType<typeof awsTarget>["safeParse"]> }) {
  return (value: unknown): string[] => {
    const issues = schema.safeParse(value).error?.issues ?? [];
    return issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  };
}

describe("the operator's address", () => {
  const ofWorker = (value: unknown, operatorCidr?: string) =>
    (awsWorker({ COPR_BUILDERS_OPERATOR_CIDR: operatorCidr }).safeParse(value).error?.issues ?? []).map(
      ({ message }) => message,
    );

  it("must be said, is never asked of a service out there, and is never everybody's", () => {
    expect(ofWorker(worker)).toEqual([expect.stringMatching(/^missing; .*203\.0\.113\.7\/32.*OPERATOR_CIDR/)]);
    expect(ofWorker({ ...worker, operatorCidr: "0.0.0.0/0" })).toEqual([expect.stringContaining("admits everybody")]);
    expect(ofWorker({ ...worker, operatorCidr: "me" })).toEqual([expect.stringContaining('"me" is not an IPv4 range')]);
  });

  it("may come from the environment, checked like one that is written", () => {
    expect(awsWorker({ COPR_BUILDERS_OPERATOR_CIDR: "198.51.100.4/32" }).parse(worker).operatorCidr).toBe(
      "198.51.100.4/32",
    );
    expect(ofWorker(worker, "0.0.0.0/0")).toEqual([expect.stringContaining("admits everybody")]);
  });
});

describe("awsPlaces", () => {
  it("makes every region complete, so that the ledger needs no settings", () => {
    const [first, second] = awsPlaces(awsTarget({}).parse({ ...target, accounts: ["123456789012"], volumeGib: 12 }));
    expect(first).toEqual({
      platform: "aws",
      region: "us-east-1",
      output: "us_east",
      volumeGib: 12,
      accounts: ["123456789012"],
      public: false,
      tags: {},
      uploadRole: target.uploadRole,
      boot: {
        instanceTypes: { x86_64: "c7i.large", aarch64: "c7g.large" },
        subnets: ["subnet-1"],
        operatorCidr: "203.0.113.7/32",
      },
    });
    expect(second).toMatchObject({ region: "eu-west-1", boot: { subnets: ["subnet-2"] } });
  });

  it("needs a role to upload with", () => {
    const { uploadRole: _, ...without } = target;
    expect(mistakes(awsTarget({}))(without)).toEqual([expect.stringMatching(/^uploadRole: missing; name the role/)]);
  });
});
