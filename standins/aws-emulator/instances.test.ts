import {
  CreateKeyPairCommand,
  CreateNetworkAclEntryCommand,
  CreateSecurityGroupCommand,
  DeleteKeyPairCommand,
  DeleteSecurityGroupCommand,
  DescribeImagesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSpotInstanceRequestsCommand,
  DescribeSpotPriceHistoryCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
  type Instance,
} from "@aws-sdk/client-ec2";
import { GetServiceQuotaCommand, ListServiceQuotasCommand, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { barrierFindings, networkAcls, publicAccess } from "../../infra/aws/barriers";
import { START_TIMEOUT, startForTests, type Clients, type TestEmulator } from "./testing/emulator";

let emulator: TestEmulator;
let aws: Clients;

beforeAll(async () => {
  emulator = await startForTests();
  aws = emulator.clients();
}, START_TIMEOUT);
afterAll(() => emulator.remove());
beforeEach(() => emulator.reset());

async function stockImage(architecture: "x86_64" | "arm64" = "x86_64"): Promise<string> {
  const { Images } = await aws.ec2.send(
    new DescribeImagesCommand({ Filters: [{ Name: "architecture", Values: [architecture] }] }),
  );
  return Images?.[0]?.ImageId ?? "";
}

async function run(fields: Partial<RunInstancesCommand["input"]> = {}): Promise<Instance> {
  const { Instances } = await aws.ec2.send(
    new RunInstancesCommand({
      ImageId: await stockImage(),
      InstanceType: "c7i.xlarge",
      MinCount: 1,
      MaxCount: 1,
      ...fields,
    }),
  );
  return Instances?.[0] ?? {};
}

async function read(id: string | undefined): Promise<Instance> {
  const { Reservations } = await aws.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id ?? ""] }));
  return Reservations?.[0]?.Instances?.[0] ?? {};
}

async function states(id: string | undefined, count: number): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = [];
  for (let reads = 0; reads < count; reads++) found.push((await read(id)).State?.Name);
  return found;
}

const spot = { InstanceMarketOptions: { MarketType: "spot" as const } };

describe("an instance", () => {
  it("is pending, running, shutting down and terminated, and leaves nothing", async () => {
    const { GroupId } = await aws.ec2.send(new CreateSecurityGroupCommand({ GroupName: "g", Description: "g" }));
    const { InstanceId } = await run({
      SecurityGroupIds: [GroupId ?? ""],
      BlockDeviceMappings: [
        { DeviceName: "/dev/sda1", Ebs: { VolumeSize: 20, VolumeType: "gp3" } },
        { DeviceName: "/dev/sdf", Ebs: { VolumeSize: 160, VolumeType: "gp3", DeleteOnTermination: true } },
      ],
    });
    expect(await states(InstanceId, 3)).toEqual(["pending", "pending", "running"]);
    const { Volumes = [] } = await aws.ec2.send(new DescribeVolumesCommand({}));
    expect(Volumes.map((volume) => [volume.Size, volume.VolumeType, volume.Attachments?.[0]?.Device])).toEqual([
      [20, "gp3", "/dev/sda1"],
      [160, "gp3", "/dev/sdf"],
    ]);
    const terminate = new TerminateInstancesCommand({ InstanceIds: [InstanceId ?? ""] });
    await aws.ec2.send(terminate);
    expect(await states(InstanceId, 3)).toEqual(["shutting-down", "shutting-down", "terminated"]);
    const { TerminatingInstances } = await aws.ec2.send(terminate);
    expect(TerminatingInstances?.[0]?.CurrentState?.Name).toBe("terminated");
    expect((await aws.ec2.send(new DescribeVolumesCommand({}))).Volumes).toEqual([]);
    expect((await aws.ec2.send(new DescribeNetworkInterfacesCommand({}))).NetworkInterfaces).toEqual([]);
    await aws.ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
  });

  it("is started once for a client token, even when it is gone", async () => {
    const first = await run({ ClientToken: "token" });
    expect((await run({ ClientToken: "token" })).InstanceId).toBe(first.InstanceId);
    await expect(run({ ClientToken: "token", InstanceType: "c7i.large" })).rejects.toMatchObject({
      name: "IdempotentParameterMismatch",
    });
    await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [first.InstanceId ?? ""] }));
    expect((await run({ ClientToken: "token" })).InstanceId).toBe(first.InstanceId);
    expect(Object.keys((await emulator.stats()).instances)).toHaveLength(1);
  });

  it("has an address of its own on loopback, and IMDSv2 where its image wants that", async () => {
    const [one, two] = [await run(), await run()];
    const addresses = [await read(one.InstanceId), await read(two.InstanceId)].map((i) => i.PublicIpAddress);
    expect(new Set(addresses).size).toBe(2);
    for (const address of addresses) expect(address).toMatch(/^127\.80\.\d+\.\d+$/);
    expect((await read(one.InstanceId)).MetadataOptions?.HttpTokens).toBe("required");
  });

  it("needs an image that is there, and a type of its architecture that the zone offers", async () => {
    await expect(run({ ImageId: "ami-00000000000000000" })).rejects.toMatchObject({ name: "InvalidAMIID.NotFound" });
    await expect(run({ InstanceType: "c7g.xlarge" })).rejects.toMatchObject({
      name: "InvalidParameterValue",
      message: expect.stringContaining("architecture"),
    });
    await run({ ImageId: await stockImage("arm64"), InstanceType: "c7g.xlarge" });
    const { Subnets } = await aws.ec2.send(
      new DescribeSubnetsCommand({ Filters: [{ Name: "availability-zone", Values: ["us-east-1e"] }] }),
    );
    await expect(run({ SubnetId: Subnets?.[0]?.SubnetId })).rejects.toMatchObject({ name: "Unsupported" });
  });
});

describe("a spot instance", () => {
  it("has a request, and says why it is gone when it was taken", async () => {
    const { InstanceId, SpotInstanceRequestId } = await run(spot);
    expect(await read(InstanceId)).toMatchObject({ InstanceLifecycle: "spot", SpotInstanceRequestId });
    const request = async () =>
      (
        await aws.ec2.send(
          new DescribeSpotInstanceRequestsCommand({ SpotInstanceRequestIds: [SpotInstanceRequestId ?? ""] }),
        )
      ).SpotInstanceRequests?.[0];
    expect(await request()).toMatchObject({ State: "active", InstanceId, Status: { Code: "fulfilled" } });
    await emulator.takeSpotInstance(InstanceId ?? "");
    expect(await read(InstanceId)).toMatchObject({
      State: { Name: "terminated" },
      StateReason: { Code: "Server.SpotInstanceTermination" },
    });
    expect(await request()).toMatchObject({
      State: "closed",
      Status: { Code: "instance-terminated-by-service" },
    });
  });

  it("is the only kind that is taken", async () => {
    const { InstanceId } = await run();
    await expect(emulator.takeSpotInstance(InstanceId ?? "")).rejects.toThrow(/no spot instance/);
  });
});

describe("what is asked beforehand", () => {
  it("quotas of vCPUs, for on-demand and spot", async () => {
    const quotas = new ServiceQuotasClient({
      endpoint: emulator.endpoint,
      region: "us-east-1",
      credentials: emulator.credentials,
    });
    const { Quotas = [] } = await quotas.send(new ListServiceQuotasCommand({ ServiceCode: "ec2" }));
    expect(Quotas.map((quota) => quota.QuotaCode)).toEqual(expect.arrayContaining(["L-1216C47A", "L-34B43A08"]));
    const one = await quotas.send(new GetServiceQuotaCommand({ ServiceCode: "ec2", QuotaCode: "L-1216C47A" }));
    expect(one.Quota).toMatchObject({ QuotaName: expect.stringContaining("On-Demand Standard"), Value: 1152 });
    await expect(
      quotas.send(new GetServiceQuotaCommand({ ServiceCode: "ec2", QuotaCode: "L-00000000" })),
    ).rejects.toMatchObject({ name: "NoSuchResourceException" });
  });

  it("zones that offer a type, and its spot price", async () => {
    const { InstanceTypeOfferings = [] } = await aws.ec2.send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: "availability-zone",
        Filters: [{ Name: "instance-type", Values: ["c7i.xlarge"] }],
      }),
    );
    const zones = InstanceTypeOfferings.map((offering) => offering.Location);
    expect(zones).toContain("us-east-1a");
    expect(zones).not.toContain("us-east-1e");
    const { SpotPriceHistory } = await aws.ec2.send(
      new DescribeSpotPriceHistoryCommand({ InstanceTypes: ["c7i.xlarge"] }),
    );
    expect(SpotPriceHistory?.length).toBeGreaterThan(0);
  });
});

describe("a key pair", () => {
  it("is deleted by its name or by its id, and once it is gone again", async () => {
    const names = async () =>
      ((await aws.ec2.send(new DescribeKeyPairsCommand({}))).KeyPairs ?? []).map(({ KeyName }) => KeyName).sort();
    const ids = new Map<string, string | undefined>();
    for (const KeyName of ["one", "other", "third"]) {
      ids.set(KeyName, (await aws.ec2.send(new CreateKeyPairCommand({ KeyName }))).KeyPairId);
    }
    const byId = { KeyPairId: ids.get("one") };
    for (const given of [byId, byId, { KeyName: "other" }, { KeyName: "other" }]) {
      const answer = await aws.ec2.send(new DeleteKeyPairCommand(given));
      expect(answer.Return).toBe(true);
    }
    expect(await names()).toEqual(["third"]);
  });
});

it("a network ACL that forbids ssh is seen beforehand, and nothing else bars the way", async () => {
  const { Subnets: subnets = [] } = await aws.ec2.send(new DescribeSubnetsCommand({}));
  const [{ SubnetId: id = "" } = {}] = subnets;
  const machine = { path: "w.instanceType", arch: "x86_64", instanceType: "c7i.xlarge", address: "public" } as const;
  const wanted = { ...machine, operatorCidr: "203.0.113.7/32", subnets: [{ path: "w.subnets[0]", id }] };
  const found = async () => {
    const [acls, access] = await Promise.all([networkAcls(aws.ec2, subnets), publicAccess(aws.ec2)]);
    expect(acls.length).toBeGreaterThan(0);
    return barrierFindings([wanted], { subnets, acls, access }).map(({ path, problem }) => `${path}: ${problem}`);
  };
  expect(await found()).toEqual([]);
  const [{ NetworkAclId = "" } = {}] = await networkAcls(aws.ec2, subnets);
  const deny = { RuleNumber: 50, Protocol: "6", RuleAction: "deny", PortRange: { From: 22, To: 22 } } as const;
  await aws.ec2.send(
    new CreateNetworkAclEntryCommand({ NetworkAclId, Egress: false, CidrBlock: "0.0.0.0/0", ...deny }),
  );
  expect(await found()).toEqual([`w.subnets[0]: ${NetworkAclId} of ${id} forbids ssh from 203.0.113.7/32 in`]);
});
