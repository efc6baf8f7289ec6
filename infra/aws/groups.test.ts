/** Security groups of the user's own: no group is made, and what they lack is found beforehand. */
import type { IpPermission, SecurityGroup } from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import type { AwsUse } from "./grants";
import { groupFindings } from "./groups";
import { bootLaunch, launchRequest, workerLaunch } from "./launch";
import { wantedMachines } from "./machines";
import { handedIn, policies } from "./policy";
import { awsPlaces, awsTarget, awsWorker } from "./settings";
import { trials } from "./trials";

const OPERATOR = "203.0.113.0/28";
const ami = { owner: "125523088429", name: "Fedora-*" };
const worker = { platform: "aws", region: "us-east-1", instanceType: "c7i.xlarge", subnets: ["subnet-1"], ami };
const target = { platform: "aws", uploadRole: "arn:aws:iam::123456789012:role/upload", operatorCidr: OPERATOR };

function use(ofWorker?: readonly string[], ofBoots?: readonly string[]): AwsUse {
  const named = (securityGroups: readonly string[] | undefined) =>
    securityGroups === undefined ? {} : { securityGroups };
  const regions = [
    { name: "us-east-1", output: "us", subnets: ["subnet-1"], ...named(ofBoots) },
    { name: "eu-west-1", output: "eu", subnets: ["subnet-2"], ...named(ofBoots) },
  ];
  const spec = awsWorker({}).parse({ ...worker, operatorCidr: OPERATOR, ...named(ofWorker) });
  return {
    stack: "devel",
    workers: [{ path: "architectures.x86_64.worker", arch: "x86_64", spec }],
    places: awsPlaces(awsTarget({}).parse({ ...target, regions })).map((spec, index) => {
      return { path: `targets.aws.regions[${index}]`, arch: "x86_64" as const, spec };
    }),
  };
}

describe("settings", () => {
  it.each([
    [["default"], /"default" is not the id of a security group; name the group by its id/],
    [["sg-1", "sg-1"], /"sg-1" is \[0\] too/],
    [[], /securityGroups/],
  ])("refuse %j by path", (securityGroups, message) => {
    const { error } = awsWorker({}).safeParse({ ...worker, operatorCidr: OPERATOR, securityGroups });
    const issues = error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];
    expect(issues).toEqual([expect.stringMatching(message)]);
    expect(issues[0]).toMatch(/^securityGroups/);
  });
});

describe("a machine in groups of the user's own", () => {
  it("is started in them, and dry runs ask for that and for no new group", async () => {
    const { workers, places } = use(["sg-1", "sg-2"], ["sg-3"]);
    const image = { id: "ami-1", rootDevice: "/dev/sda1" };
    const at = { subnet: "subnet-1", spot: false };
    const groupsOf = (launch: Parameters<typeof launchRequest>[0]) =>
      launchRequest(launch, image, {}).NetworkInterfaces?.[0]?.Groups;
    const [build] = workers.map(({ spec }) => ({ ...workerLaunch("x86_64", spec), ...at }));
    const [boot] = places.map(({ spec }) => ({ ...bootLaunch("x86_64", spec), ...at }));
    if (build === undefined || boot === undefined) throw new Error("no machine");
    expect([groupsOf(build), groupsOf(boot)]).toEqual([["sg-1", "sg-2"], ["sg-3"]]);

    const { securityGroups: _, ...ours } = build;
    expect(groupsOf(ours)).toBeUndefined();
    const tried = async (launch: typeof ours) =>
      (
        await trials({
          ...{ region: "us-east-1", stack: "devel", copiedFrom: "us-east-1", copyKeys: [] },
          machines: [{ path: "w", launch, vpc: "vpc-1", image }],
        })
      ).map(({ action }) => action);
    expect(await tried(ours)).toContain("ec2:CreateSecurityGroup");
    expect(await tried(build)).not.toContain("ec2:CreateSecurityGroup");
    expect(await tried(build)).toContain("ec2:RunInstances");
  });

  it("needs no permission to make, change or end groups, only to use those", () => {
    const text = (ours: AwsUse) => JSON.stringify(handedIn(policies(ours)));
    const narrow = text(use(["sg-1"], ["sg-3"]));
    expect(narrow).not.toMatch(
      /CreateSecurityGroup|AuthorizeSecurity|RevokeSecurity|DeleteSecurity|security-group\/\*/,
    );
    for (const arn of ["us-east-1:*:security-group/sg-1", "eu-west-1:*:security-group/sg-3"]) {
      expect(narrow).toContain(arn);
    }
    const { operator } = policies(use(["sg-1"], ["sg-3"]));
    const named = operator.Statement.filter(({ Resource }) => Resource.some((one) => one.includes("/sg-")));
    expect(named.map(({ Action }) => Action)).toEqual([["ec2:RunInstances"]]);
  });

  it("leaves it to the others to have groups made, in their regions alone", () => {
    const { operator } = policies(use(["sg-1"]));
    const made = operator.Statement.filter(({ Action }) => Action.includes("ec2:CreateSecurityGroup"));
    expect(made).toHaveLength(2);
    const { places, ...rest } = use(["sg-1"], ["sg-3"]);
    const [here, there] = places;
    const spec = there && { ...there.spec, boot: { ...there.spec.boot } };
    if (here === undefined || there === undefined || spec === undefined) throw new Error("no places");
    delete spec.boot.securityGroups;
    const text = JSON.stringify(policies({ ...rest, places: [here, { ...there, spec }] }));
    expect(text).toContain("arn:aws:ec2:eu-west-1:*:vpc/*");
    expect(text).not.toContain("arn:aws:ec2:us-east-1:*:vpc/*");
    expect(text).not.toContain("arn:aws:ec2:us-east-1:*:security-group/*");
  });
});

describe("what is found of groups", () => {
  const subnets = [{ SubnetId: "subnet-1", VpcId: "vpc-1" }];
  const [machine] = wantedMachines(use(["sg-1", "sg-2"]), "us-east-1");
  const ssh: IpPermission = { IpProtocol: "tcp", FromPort: 22, ToPort: 22 };
  const from = (CidrIp: string): IpPermission => ({ ...ssh, IpRanges: [{ CidrIp }] });
  const out: IpPermission[] = [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];
  const group = (GroupId: string, IpPermissions: IpPermission[], more: Partial<SecurityGroup> = {}) => ({
    ...{ GroupId, VpcId: "vpc-1", IpPermissions, IpPermissionsEgress: out, ...more },
  });
  const found = (...groups: SecurityGroup[]) =>
    groupFindings("us-east-1", machine === undefined ? [] : [machine], { subnets, groups });
  const at = "architectures.x86_64.worker.securityGroups";

  it.each<[string, IpPermission]>([
    ["the very range", from("203.0.113.0/28")],
    ["a wider one", from("203.0.113.0/24")],
    ["all of it, by all protocols", { IpProtocol: "-1", IpRanges: [{ CidrIp: "203.0.113.0/28" }] }],
    ["a span of ports", { ...from("203.0.113.0/28"), FromPort: 1, ToPort: 1024 }],
  ])("is nothing where one of them admits %s", (_, rule) => {
    expect(found(group("sg-1", []), group("sg-2", [rule]))).toEqual([]);
  });

  it.each<[string, IpPermission]>([
    ["a part of the range alone", from("203.0.113.0/29")],
    ["another range", from("198.51.100.0/24")],
    ["another port", { ...from(OPERATOR), FromPort: 443, ToPort: 443 }],
    ["another protocol", { ...from(OPERATOR), IpProtocol: "udp" }],
  ])("is that ssh does not get in where they admit %s", (_, rule) => {
    expect(found(group("sg-1", [rule]), group("sg-2", []))).toEqual([
      {
        path: at,
        problem: `sg-1, sg-2 let nobody of ${OPERATOR} in to port 22`,
        remedy: expect.stringContaining(`admit ${OPERATOR} to port 22`),
      },
    ]);
  });

  it("is a note where everybody gets in, to whatever port", () => {
    const fine = from(OPERATOR);
    const ipv6 = { ...ssh, FromPort: 443, ToPort: 443, Ipv6Ranges: [{ CidrIpv6: "::/0" }] };
    expect(found(group("sg-1", [from("0.0.0.0/0")]), group("sg-2", [fine, from("0.0.0.0/1"), ipv6]))).toEqual([
      expect.objectContaining({
        note: true,
        path: `${at}[0]`,
        problem: expect.stringContaining("sg-1 lets 0.0.0.0/0 in"),
      }),
      expect.objectContaining({
        note: true,
        path: `${at}[1]`,
        problem: expect.stringContaining("lets 0.0.0.0/1, ::/0 in"),
      }),
    ]);
  });

  it("is a note where a prefix list or another group may stand for the range", () => {
    for (const more of [{ PrefixListIds: [{ PrefixListId: "pl-1" }] }, { UserIdGroupPairs: [{ GroupId: "sg-9" }] }]) {
      expect(found(group("sg-1", [{ ...ssh, ...more }]), group("sg-2", []))).toEqual([
        expect.objectContaining({ path: at, note: true, problem: expect.stringContaining("not known") }),
      ]);
    }
  });

  it("is each that is not there, or in another network, by its place; and that nothing gets out", () => {
    const fine = group("sg-1", [from(OPERATOR)]);
    expect(found(fine)).toEqual([
      { path: `${at}[1]`, problem: "us-east-1 has no security group sg-2", remedy: "name a group of that region" },
    ]);
    expect(found(fine, group("sg-2", [], { VpcId: "vpc-2" }))).toEqual([
      expect.objectContaining({
        path: `${at}[1]`,
        problem: "sg-2 is a group of vpc-2, and the subnet subnet-1 is in vpc-1",
      }),
    ]);
    const shut = { IpPermissionsEgress: [] };
    expect(found({ ...fine, ...shut }, group("sg-2", [], shut))).toEqual([
      expect.objectContaining({ path: at, problem: "sg-1, sg-2 let nothing out: a machine reaches no registry" }),
    ]);
  });
});
