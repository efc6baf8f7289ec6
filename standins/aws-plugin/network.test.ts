import {
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Lifecycle, startEmulated, type Emulated } from "./testing/plugin";

const KEY = "aws:ec2/keyPair:KeyPair";
const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJxGmmVhd5JQuEMWcvO6LUvV0XRHRgEcuVmpZw4N3wyN it";

let cloud: Emulated;
beforeAll(async () => {
  cloud = await startEmulated();
});
afterAll(() => cloud.stop());

async function rulesIn(id: string) {
  const { SecurityGroups } = await cloud.ec2().send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }));
  const group = SecurityGroups?.[0];
  return { ingress: group?.IpPermissions ?? [], egress: group?.IpPermissionsEgress ?? [] };
}

const cidr = (fromPort: number, ...cidrBlocks: string[]) => ({
  protocol: "tcp",
  fromPort,
  toPort: fromPort,
  cidrBlocks,
});
const all = { protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] };

describe("a key pair", () => {
  it("is named after the resource, and stays until it is deleted", async () => {
    const it = new Lifecycle(cloud.plugin, KEY, "operator");
    const state = await it.create({ publicKey: PUBLIC_KEY, tags: { a: "1" } });
    expect(it.id).toMatch(/^operator-[0-9a-f]{7}$/);
    const { KeyPairs } = await cloud.ec2().send(new DescribeKeyPairsCommand({ KeyNames: [it.id] }));
    expect(KeyPairs?.[0]).toMatchObject({ KeyName: it.id, Tags: [{ Key: "a", Value: "1" }] });
    expect(state).toMatchObject({ keyName: it.id, fingerprint: expect.any(String), tagsAll: { a: "1" } });
    expect(state["arn"]).toBe(`arn:aws:ec2:us-east-1:123456789012:key-pair/${it.id}`);
    // The name stays, whatever the seed; another key is another pair, under another name.
    expect(it.check({ publicKey: PUBLIC_KEY }, "other")["keyName"]).toBe(it.id);
    expect(it.diff({ publicKey: PUBLIC_KEY, tags: { a: "1" } }).changed).toEqual([]);
    expect(it.diff({ publicKey: "ssh-ed25519 AAAA", tags: { a: "1" } })).toMatchObject({
      replaces: ["publicKey"],
      deleteBeforeReplace: false,
    });
    await it.update({ publicKey: PUBLIC_KEY, tags: { b: "2" } });
    const after = await cloud.ec2().send(new DescribeKeyPairsCommand({ KeyNames: [it.id] }));
    expect(after.KeyPairs?.[0]?.Tags).toEqual([{ Key: "b", Value: "2" }]);
    await it.delete();
    expect(await it.refresh()).toBe(false);
    await it.delete();
  });

  it("of a name that the program gave goes before another comes", async () => {
    const it = new Lifecycle(cloud.plugin, KEY);
    await it.create({ keyName: "given", publicKey: PUBLIC_KEY });
    expect(it.diff({ keyName: "given", publicKey: "ssh-ed25519 AAAA" })).toMatchObject({ deleteBeforeReplace: true });
    await expect(new Lifecycle(cloud.plugin, KEY).create({ keyName: "given", publicKey: PUBLIC_KEY })).rejects.toThrow(
      /^ImportKeyPair: InvalidKeyPair\.Duplicate/,
    );
    await it.delete();
  });

  it("is taken as made if the answer to the first attempt was lost", async () => {
    const lossy = cloud.configured({}, async (command, ask) => {
      const answer = await ask();
      if (command !== "ImportKeyPairCommand") return answer;
      const $metadata = { attempts: 2 };
      throw Object.assign(new Error("exists"), { name: "InvalidKeyPair.Duplicate", $metadata });
    });
    const it = new Lifecycle(lossy, KEY);
    expect(await it.create({ keyName: "lost", publicKey: PUBLIC_KEY })).toMatchObject({ keyName: "lost" });
    await it.delete();
  });
});

describe("a security group", () => {
  it("has the rules that are declared, and no others", async () => {
    const it = new Lifecycle(cloud.plugin, GROUP);
    const inputs = {
      ingress: [cidr(22, "192.0.2.1/32", "198.51.100.0/24"), { protocol: "tcp", fromPort: 80, toPort: 90, self: true }],
      egress: [all],
      tags: { a: "1" },
    };
    const state = await it.create(inputs);
    expect(state).toMatchObject({ description: "Managed by Pulumi", vpcId: expect.stringMatching(/^vpc-/) });
    const there = await rulesIn(it.id);
    expect(there.egress).toHaveLength(1);
    expect(there.ingress).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          FromPort: 22,
          ToPort: 22,
          IpRanges: expect.arrayContaining([{ CidrIp: "192.0.2.1/32" }]),
        }),
        expect.objectContaining({ FromPort: 80, UserIdGroupPairs: [expect.objectContaining({ GroupId: it.id })] }),
      ]),
    );
    expect(it.diff(inputs).changed).toEqual([]);
    await it.refresh();
    expect(it.diff(inputs).changed).toEqual([]);
    await it.delete();
    expect(await it.refresh()).toBe(false);
  });

  it("loses the rule that lets everything out, as with the official plugin", async () => {
    const it = new Lifecycle(cloud.plugin, GROUP);
    await it.create({});
    expect(await rulesIn(it.id)).toEqual({ ingress: [], egress: [] });
    await it.delete();
  });

  it("changes its rules in place, and is put right after somebody else changed them", async () => {
    const it = new Lifecycle(cloud.plugin, GROUP);
    await it.create({ ingress: [cidr(22, "192.0.2.1/32")], egress: [all] });
    const next = { ingress: [cidr(22, "192.0.2.9/32"), cidr(443, "192.0.2.9/32")], egress: [all] };
    expect(it.diff(next)).toMatchObject({ changed: ["ingress"], replaces: [] });
    await it.update(next);
    const ports = async () =>
      (await rulesIn(it.id)).ingress.map(({ FromPort, IpRanges }) => [FromPort, IpRanges?.[0]?.CidrIp]);
    expect((await ports()).sort()).toEqual([
      [22, "192.0.2.9/32"],
      [443, "192.0.2.9/32"],
    ]);
    const IpPermissions = [{ IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "192.0.2.9/32" }] }];
    await cloud.ec2().send(new RevokeSecurityGroupIngressCommand({ GroupId: it.id, IpPermissions }));
    expect(it.diff(next).changed).toEqual([]);
    await it.refresh();
    expect(it.diff(next).changed).toEqual(["ingress"]);
    await it.update(next);
    expect(await ports()).toHaveLength(2);
    await it.delete();
  });

  it("is deleted once nothing uses it any more, and the wait for that has a bound", async () => {
    const it = new Lifecycle(cloud.plugin, GROUP);
    await it.create({});
    let refusals = 3;
    const busy = cloud.configured({}, (command, ask) => {
      if (command !== "DeleteSecurityGroupCommand" || refusals-- <= 0) return ask();
      throw Object.assign(new Error("has a dependent object"), { name: "DependencyViolation" });
    });
    const held = Object.assign(new Lifecycle(busy, GROUP), { id: it.id, state: it.state, inputs: it.inputs });
    await held.delete();
    expect(await it.refresh()).toBe(false);
    await it.create({});
    refusals = Number.POSITIVE_INFINITY;
    Object.assign(held, { id: it.id, state: it.state });
    await expect(held.delete()).rejects.toThrow(/^waited \d+ s for security group sg-\w+ to be used by nothing/);
    await it.delete();
  });

  it("replaces for another description or network, and takes its region from the program", async () => {
    const it = new Lifecycle(cloud.plugin, GROUP);
    await it.create({ region: "eu-west-1" });
    const groups = await cloud.ec2("eu-west-1").send(new DescribeSecurityGroupsCommand({ GroupIds: [it.id] }));
    expect(groups.SecurityGroups).toHaveLength(1);
    expect(it.state["region"]).toBe("eu-west-1");
    expect(it.diff({ region: "eu-west-1", description: "other" }).replaces).toEqual(["description"]);
    expect(it.diff({}).replaces).toEqual(["region"]);
    await it.delete();
  });
});
