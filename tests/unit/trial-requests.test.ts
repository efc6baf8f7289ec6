/** What is tried beforehand is what the official plugin asks EC2 for, as our stand-in for it has the request. */
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { parts } from "../../infra/aws/parts";
import { bootLaunch, launchRequest, workerLaunch } from "../../infra/aws/launch";
import { awsPlaces, awsTarget, awsWorker } from "../../infra/aws/settings";
import { ownTags } from "../../infra/aws/tags";
import { instanceSchema, toRequest } from "../../standins/aws-plugin/instance-inputs";

let instances: Record<string, unknown>[] = [];

beforeAll(async () => {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => {
        if (type === "aws:ec2/instance:Instance") instances.push(inputs as Record<string, unknown>);
        const outputs = {
          ...{ publicKeyOpenssh: "ssh-ed25519 A", privateKeyOpenssh: "private", publicIp: "192.0.2.8" },
          ebsBlockDevices: [{ deviceName: "/dev/sdf", volumeId: "vol-0123456789abcdef0" }],
        };
        return { id: `${name}-id`, state: { ...(inputs as Record<string, unknown>), ...outputs } };
      },
      call: ({ token }: pulumi.runtime.MockCallArgs) =>
        token.includes("getAmi") ? { id: "ami-newest" } : { vpcId: "vpc-1" },
    },
    "copr-builders",
    "devel",
  );
});
beforeEach(() => {
  instances = [];
});

const defaults = { COPR_BUILDERS_OPERATOR_CIDR: "203.0.113.7/32" };
const common = { platform: "aws", subnets: ["subnet-1"], tags: { FedoraGroup: "copr" } };
const ami = { owner: "125523088429", name: "Fedora-*" };
const uploadRole = "arn:aws:iam::123456789012:role/upload";
const { subnets, ...ofTarget } = common;

it.each([
  ["worker", {}],
  ["worker", { address: "private" }],
  ["worker", { spot: false }],
  ["boot check", {}],
  ["boot check", { address: "private" }],
] as const)("a %s with %j, tags and all", async (kind, more) => {
  const madeFor = { stack: "outer", identity: "abcdefgh2345" };
  const isWorker = kind === "worker";
  const worker = awsWorker(defaults).parse({
    ...common,
    region: "us-east-1",
    instanceType: "c7g.xlarge",
    ami,
    ...(isWorker ? more : {}),
  });
  const target = { ...ofTarget, regions: [{ name: "us-east-1", subnets }], uploadRole, ...(isWorker ? {} : more) };
  const [place] = awsPlaces(awsTarget(defaults).parse(target));
  if (place === undefined) throw new Error("the target has a place");
  const machine = isWorker
    ? parts.worker("m", "aarch64", worker, {}, { number: 1, of: 2, madeFor })
    : parts.boot?.("m", { arch: "aarch64", imageId: "ami-newest", place, lifetimeMinutes: 25, madeFor }, {});
  await new Promise((resolve) => pulumi.output(machine?.machineId).apply(resolve));
  const { userData: _, ...declared } = instances[0] ?? {};
  const rootDevice = "/dev/sda1";
  const asked = toRequest({
    inputs: instanceSchema.parse(declared),
    rootDeviceName: rootDevice,
    defaultTags: {},
    token: "t",
  });

  const tags = ownTags("outer", "abcdefgh2345", "devel-m", { FedoraGroup: "copr", arch: "aarch64" });
  const launch = isWorker ? workerLaunch("aarch64", worker) : bootLaunch("aarch64", place);
  const image = { id: "ami-newest", rootDevice };
  const tried = launchRequest({ ...launch, subnet: "subnet-1", spot: isWorker && worker.spot }, image, tags);

  // What only a run makes, or may say once.
  const { ClientToken, KeyName, NetworkInterfaces: [face] = [], ...rest } = asked;
  const { Groups, ...plain } = face ?? {};
  expect({ ClientToken, KeyName, Groups }).toEqual({ ClientToken: "t", KeyName: "devel-m", Groups: ["m-ssh-id"] });
  expect(inOrder(tried)).toEqual(inOrder({ ...rest, NetworkInterfaces: [plain] }));
});

/** Lists of tags in one order. */
function inOrder(request: object): unknown {
  return JSON.parse(JSON.stringify(request), (_, value: unknown) =>
    Array.isArray(value) && value.every(isTag) ? value.sort((a, b) => a.Key.localeCompare(b.Key)) : value,
  );
}

function isTag(value: unknown): value is { readonly Key: string } {
  return typeof value === "object" && value !== null && "Key" in value;
}
