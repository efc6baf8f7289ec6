import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeInstanceAttributeCommand,
  DescribeVolumesCommand,
  ModifyInstanceAttributeCommand,
  TerminateInstancesCommand,
  type Instance,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { IncompleteError } from "../../provider-kit/server";
import { secret, UNKNOWN, urn } from "../../provider-kit/testing/wire";
import { decode } from "../../provider-kit/wire";
import { Lifecycle, startEmulated, type Emulated } from "./testing/plugin";

const INSTANCE = "aws:ec2/instance:Instance";
let cloud: Emulated;
let ami: string;
beforeAll(async () => {
  cloud = await startEmulated();
  const { Images = [] } = await cloud.ec2().send(new DescribeImagesCommand({}));
  ami = Images.find((image) => image.RootDeviceType === "ebs" && image.Architecture === "x86_64")?.ImageId ?? "";
});
afterAll(() => cloud.stop());

async function look(id: string): Promise<Instance> {
  const { Reservations } = await cloud.ec2().send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  const instance = Reservations?.[0]?.Instances?.[0];
  if (instance === undefined) throw new Error(`no instance ${id}`);
  return instance;
}

const full = () => ({
  ami,
  instanceType: "c7i.xlarge",
  userData: "#!/bin/sh\necho hello\n",
  instanceInitiatedShutdownBehavior: "terminate",
  associatePublicIpAddress: true,
  metadataOptions: { httpTokens: "required", httpEndpoint: "enabled" },
  rootBlockDevice: { volumeSize: 20, volumeType: "gp3", encrypted: true },
  ebsBlockDevices: [{ deviceName: "/dev/sdf", volumeSize: 160, volumeType: "gp3", encrypted: true }],
  tags: { Name: "it", job: "build" },
  volumeTags: { job: "build" },
});

describe("an instance", () => {
  it("is made as its inputs say, and comes back running, with its volumes' ids", async () => {
    const it = new Lifecycle(cloud.plugin, INSTANCE);
    const state = await it.create(full());
    const made = await look(it.id);
    expect(made).toMatchObject({ InstanceType: "c7i.xlarge", ImageId: ami, State: { Name: "running" } });
    expect(made.Tags).toEqual(expect.arrayContaining([{ Key: "job", Value: "build" }]));
    const shutdown = { InstanceId: it.id, Attribute: "instanceInitiatedShutdownBehavior" } as const;
    const attribute = await cloud.ec2().send(new DescribeInstanceAttributeCommand(shutdown));
    expect(attribute.InstanceInitiatedShutdownBehavior?.Value).toBe("terminate");
    const userData = await cloud
      .ec2()
      .send(new DescribeInstanceAttributeCommand({ InstanceId: it.id, Attribute: "userData" }));
    expect(Buffer.from(userData.UserData?.Value ?? "", "base64").toString()).toBe("#!/bin/sh\necho hello\n");
    const ids = (made.BlockDeviceMappings ?? []).map(({ Ebs }) => Ebs?.VolumeId ?? "");
    expect(ids).toHaveLength(2);
    const { Volumes = [] } = await cloud.ec2().send(new DescribeVolumesCommand({ VolumeIds: ids }));
    expect(Volumes.map(({ Size, VolumeType, Encrypted }) => ({ Size, VolumeType, Encrypted }))).toEqual(
      expect.arrayContaining([
        { Size: 20, VolumeType: "gp3", Encrypted: true },
        { Size: 160, VolumeType: "gp3", Encrypted: true },
      ]),
    );
    for (const volume of Volumes) expect(volume.Tags).toEqual([{ Key: "job", Value: "build" }]);
    expect(state).toMatchObject({
      instanceState: "running",
      publicIp: made.PublicIpAddress,
      privateIp: made.PrivateIpAddress,
      availabilityZone: made.Placement?.AvailabilityZone,
      arn: expect.stringMatching(`^arn:aws:ec2:us-east-1:\\d{12}:instance/${it.id}$`),
      rootBlockDevice: { volumeId: expect.stringMatching(/^vol-/), volumeSize: 20, encrypted: true },
      ebsBlockDevices: [{ deviceName: "/dev/sdf", volumeId: expect.stringMatching(/^vol-/), volumeSize: 160 }],
      tagsAll: { Name: "it", job: "build" },
      userData: "#!/bin/sh\necho hello\n",
    });
    expect(it.diff(full()).changed).toEqual([]);
    expect(await it.refresh()).toBe(true);
    expect(it.diff(full()).changed).toEqual([]);
    await it.delete();
    expect(await it.refresh()).toBe(false);
    await it.delete();
  });

  it("changes its tags, groups and behaviour in place, and is replaced for the rest", async () => {
    const it = new Lifecycle(cloud.plugin, INSTANCE);
    await it.create({ ...full(), volumeTags: { job: "old", gone: "x" } });
    const next = { ...full(), tags: { job: "other" }, instanceInitiatedShutdownBehavior: "stop" };
    const difference = it.diff(next);
    expect([...difference.changed].sort()).toEqual(["instanceInitiatedShutdownBehavior", "tags", "volumeTags"]);
    expect(difference.replaces).toEqual([]);
    await it.update(next);
    const made = await look(it.id);
    expect(made.Tags).toEqual([{ Key: "job", Value: "other" }]);
    const VolumeIds = [made.BlockDeviceMappings?.[0]?.Ebs?.VolumeId ?? ""];
    const { Volumes } = await cloud.ec2().send(new DescribeVolumesCommand({ VolumeIds }));
    expect(Volumes?.[0]?.Tags).toEqual([{ Key: "job", Value: "build" }]);
    expect(it.diff(next).changed).toEqual([]);
    for (const [key, value] of Object.entries({
      instanceType: "c7i.large",
      userData: "x",
      ami: "ami-0",
      keyName: "k",
    })) {
      expect(it.diff({ ...next, [key]: value }).replaces).toEqual([key]);
    }
    expect(it.diff({ ...next, ami: UNKNOWN }).replaces).toEqual(["ami"]);
    await it.delete();
  });

  it("shows a refresh what was changed behind its back, and when it has ended", async () => {
    const it = new Lifecycle(cloud.plugin, INSTANCE);
    await it.create({ ami, instanceType: "t3.micro", tags: { a: "1" } });
    const groups = (await look(it.id)).SecurityGroups?.map(({ GroupId }) => GroupId ?? "") ?? [];
    await cloud.ec2().send(new ModifyInstanceAttributeCommand({ InstanceId: it.id, Groups: groups }));
    expect(await it.refresh()).toBe(true);
    expect(it.diff({ ami, instanceType: "t3.micro", tags: { a: "1" } }).changed).toEqual([]);
    await cloud.ec2().send(new TerminateInstancesCommand({ InstanceIds: [it.id] }));
    expect(await it.refresh()).toBe(false);
  });

  it("keeps secrets secret in its state", async () => {
    const it = new Lifecycle(cloud.plugin, INSTANCE);
    const state = await it.create({
      ami,
      instanceType: "t3.micro",
      userData: secret("pass"),
      tags: { a: secret("t") },
    });
    expect(state["userData"]).toEqual(secret("pass"));
    expect(state["tags"]).toEqual(secret({ a: "t" }));
    expect(state["tagsAll"]).toEqual(secret({ a: "t" }));
    expect(JSON.stringify(decode(state).values)).toContain("pass");
    await it.delete();
  });

  it("gives spot capacity by its market options", async () => {
    const it = new Lifecycle(cloud.plugin, INSTANCE);
    const instanceMarketOptions = { marketType: "spot", spotOptions: { spotInstanceType: "one-time" } };
    const state = await it.create({ ami, instanceType: "t3.micro", instanceMarketOptions });
    expect(state["instanceLifecycle"]).toBe("spot");
    expect(it.diff({ ami, instanceType: "t3.micro" }).replaces).toEqual(["instanceMarketOptions"]);
    await it.delete();
  });

  it("has the provider's tags under its own", async () => {
    const plugin = cloud.configured({ defaultTags: JSON.stringify({ tags: { job: "default", owner: "us" } }) });
    const it = new Lifecycle(plugin, INSTANCE);
    const inputs = { ami, instanceType: "t3.micro", tags: { job: "own" } };
    const state = await it.create(inputs);
    expect(state).toMatchObject({ tags: { job: "own" }, tagsAll: { job: "own", owner: "us" } });
    expect(it.diff(inputs).changed).toEqual([]);
    await it.refresh();
    expect(it.diff(inputs).changed).toEqual([]);
    const other = new Lifecycle(cloud.plugin, INSTANCE);
    Object.assign(other, { id: it.id, inputs: it.inputs, state: it.state });
    expect(other.diff(inputs)).toMatchObject({ changed: ["tagsAll"], replaces: [] });
    expect(await other.update(inputs)).toMatchObject({ tagsAll: { job: "own" } });
    await it.delete();
  });
});

describe("an instance that can't be had", () => {
  it("says why, by Amazon's code", async () => {
    const bad = new Lifecycle(cloud.plugin, INSTANCE);
    await expect(bad.create({ ami, instanceType: "t3.micro", subnetId: "subnet-0" })).rejects.toThrow(
      /^RunInstances: InvalidSubnetID\.NotFound: /,
    );
    const full = cloud.configured({}, (command, ask) => {
      if (command !== "RunInstancesCommand") return ask();
      throw Object.assign(new Error("We have no capacity."), { name: "InsufficientInstanceCapacity" });
    });
    await expect(new Lifecycle(full, INSTANCE).create({ ami, instanceType: "t3.micro" })).rejects.toThrow(
      "RunInstances: InsufficientInstanceCapacity: We have no capacity.",
    );
    const root = { volumeSize: 8 };
    await expect(
      bad.create({ ami: "ami-00000000000000000", instanceType: "t3.micro", rootBlockDevice: root }),
    ).rejects.toThrow("no image ami-00000000000000000 with a root device can be seen in us-east-1");
  });

  it("keeps the id of one that does not come up in time, and replaces it, as the official plugin does", async () => {
    let slow = true;
    const plugin = cloud.configured({}, async (command, ask) => {
      const answer = await ask();
      if (slow && command === "DescribeInstancesCommand") {
        const { Reservations = [] } = answer.output as { Reservations?: { Instances: Instance[] }[] };
        for (const { Instances } of Reservations) for (const one of Instances) one.State = { Name: "pending" };
      }
      return answer;
    });
    const it = new Lifecycle(plugin, INSTANCE);
    const failure: unknown = await it.create({ ami, instanceType: "t3.micro" }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(IncompleteError);
    if (!(failure instanceof IncompleteError)) throw failure;
    expect(failure.message).toMatch(/^waited \d+ s for instance i-[0-9a-f]+ to run$/);
    slow = false;
    Object.assign(it, { id: failure.id, state: failure.state });
    expect(it.diff({ ami, instanceType: "t3.micro" })).toMatchObject({ replaces: ["__incomplete"] });
    expect(await it.refresh()).toBe(true);
    expect(it.diff({ ami, instanceType: "t3.micro" })).toMatchObject({ replaces: ["__incomplete"] });
    await it.delete();
  });
});

describe("Ctrl-C", () => {
  it("ends the wait at once, and keeps the id", async () => {
    const plugin = cloud.configured({}, async (command, ask) => {
      const answer = await ask();
      if (command === "DescribeInstancesCommand") {
        Object.assign(answer.output, { Reservations: [] });
        void plugin.cancel();
      }
      return answer;
    });
    const it = new Lifecycle(plugin, INSTANCE);
    const failure: unknown = await it.create({ ami, instanceType: "t3.micro" }).catch((error: unknown) => error);
    if (!(failure instanceof IncompleteError)) throw failure;
    expect(failure.message).toBe(`cancelled: instance ${failure.id} to run`);
    await Object.assign(new Lifecycle(cloud.plugin, INSTANCE), { id: failure.id, state: failure.state }).delete();
  });
});

describe("an instance that ends while it starts", () => {
  it("is an error with Amazon's reason, and leaves nothing in the state", async () => {
    const plugin = cloud.configured({}, async (command, ask) => {
      const answer = await ask();
      if (command === "DescribeInstancesCommand") {
        const { Reservations = [] } = answer.output as { Reservations?: { Instances: Instance[] }[] };
        const StateReason = { Code: "Server.SpotInstanceTermination", Message: "Spot instance termination" };
        for (const { Instances } of Reservations)
          for (const one of Instances) Object.assign(one, { State: { Name: "shutting-down" }, StateReason });
      }
      return answer;
    });
    const failure: unknown = await new Lifecycle(plugin, INSTANCE)
      .create({ ami, instanceType: "t3.micro" })
      .catch((error: unknown) => error);
    expect(failure).not.toBeInstanceOf(IncompleteError);
    expect(String(failure)).toMatch(
      /ended \(shutting-down\).*Server\.SpotInstanceTermination: Spot instance termination/,
    );
  });
});

describe("a preview", () => {
  it("knows what the program says, and that the rest is not known", () => {
    const type = urn(INSTANCE);
    const news = cloud.plugin.check(type, {}, { ami, instanceType: "t3.micro", rootBlockDevice: {} }, Buffer.from("s"));
    const foreseen = cloud.plugin.preview(type, undefined, news.inputs);
    expect(foreseen).toMatchObject({
      ami,
      publicIp: UNKNOWN,
      rootBlockDevice: UNKNOWN,
      tagsAll: {},
      region: "us-east-1",
    });
    expect(cloud.plugin.check(type, {}, { ami: UNKNOWN, instanceType: "t3.micro" }, Buffer.from("s")).failures).toEqual(
      [],
    );
  });

  it("refuses by name what only the official plugin serves", () => {
    const news = { ami, instanceType: "t3.micro", hibernation: true, rootBlockDevice: { tagsAll: {} } };
    const { failures } = cloud.plugin.check(urn(INSTANCE), {}, news, Buffer.from("s"));
    expect(failures.map(({ property }) => property)).toEqual(["rootBlockDevice.tagsAll", "hibernation"]);
    expect(failures[0]?.reason).toContain("official plugin");
    expect(() => cloud.plugin.check(urn("aws:s3/bucket:Bucket"), {}, {}, Buffer.from("s"))).toThrow(
      "the resource aws:s3/bucket:Bucket is served by the official plugin",
    );
  });
});
