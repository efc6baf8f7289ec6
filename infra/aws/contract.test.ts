import { vi } from "vitest";
import { contract } from "../testing/contract/suite";

const operatorCidr = "203.0.113.7/32";

contract("aws", {
  worker: {
    platform: "aws",
    region: "us-east-1",
    instanceType: "c7i.xlarge",
    subnets: ["subnet-0a", "subnet-0b"],
    ami: { owner: "125523088429", name: "Fedora-Cloud-*" },
    operatorCidr,
    tags: { FedoraGroup: "copr" },
  },
  target: {
    platform: "aws",
    regions: [
      { name: "us-east-1", output: "us_east_1", subnets: ["subnet-0a", "subnet-0b"] },
      { name: "eu-west-1", output: "eu_west_1", subnets: ["subnet-0c"] },
    ],
    volumeGib: 10,
    accounts: ["123456789012"],
    tags: { FedoraGroup: "copr" },
    uploadRole: "arn:aws:iam::123456789012:role/upload",
    bootInstanceTypes: { x86_64: "c7i.large", aarch64: "c7g.large" },
    operatorCidr,
  },
  jumpHost: ["regions", 0],
  tagged: true,
  needed: "region",
  prepare: () => {
    // The store's URLs are signed, not asked for.
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIATEST");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "none");
  },
});
