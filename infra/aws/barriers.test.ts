import type { NetworkAclEntry, VpcBlockPublicAccessOptions } from "@aws-sdk/client-ec2";
import { expect, it } from "vitest";
import { barrierFindings, type PublicAccess } from "./barriers";
import type { WantedMachine } from "./machines";
import { wantedMachine as machine } from "./testing/wanted-machine";

const subnet = { SubnetId: "subnet-1", VpcId: "vpc-1", CidrBlock: "10.20.1.0/24" };
const inside = { address: "private", operatorCidr: "10.30.0.0/16" } as const;

interface Way {
  readonly entries?: readonly NetworkAclEntry[];
  readonly access?: PublicAccess;
}

function found({ entries, access }: Way, more: Partial<WantedMachine> = {}): string {
  const acl = { NetworkAclId: "acl-1", Associations: [{ SubnetId: "subnet-1" }], Entries: [...(entries ?? [])] };
  const acls = entries === undefined ? [] : [acl];
  const findings = barrierFindings([{ ...machine, ...more }], { subnets: [subnet], acls, access });
  return findings
    .map(({ path, problem, remedy, note }) => `${note ? "note " : ""}${path}: ${problem}; ${remedy}`)
    .join("\n");
}

const rule = (RuleNumber: number, RuleAction: "allow" | "deny", more: NetworkAclEntry): NetworkAclEntry => ({
  ...{ RuleNumber, RuleAction, Protocol: "6", Egress: false, CidrBlock: "0.0.0.0/0" },
  ...more,
});
const ports = (From: number, To = From) => ({ PortRange: { From, To } });
/** What every ACL ends with. */
const rest = [true, false].map((Egress) => rule(32_767, "deny", { Protocol: "-1", Egress }));
const all = [true, false].map((Egress) => rule(100, "allow", { Protocol: "-1", Egress }));
const answers = ports(1024, 65_535);
const ssh = { CidrBlock: "203.0.113.0/24", ...ports(22) };

it("a network ACL that lets all of it pass says nothing, however it is written", () => {
  expect(found({ entries: [...all, ...rest] })).toBe("");
  const narrow = [
    rule(10, "allow", ssh),
    rule(20, "allow", answers),
    rule(10, "allow", { Egress: true, ...ports(443) }),
    rule(20, "allow", { Egress: true, ...answers }),
  ];
  // EC2 sorts them by no promise.
  expect(found({ entries: [...rest, ...narrow] })).toBe("");
  expect(found({})).toBe("");
});

it("each of the four ways is named where it is forbidden, with the rule to add", () => {
  expect(found({ entries: rest })).toMatch(
    /^w\.subnets\[0\]: acl-1 of subnet-1 forbids ssh from 203\.0\.113\.7\/32 in; the answers of ssh to .* out; https out, .*; the answers of registries and the store in; let acl-1 allow tcp to port 22 from 203\.0\.113\.7\/32 in; /,
  );
  const shut = (one: NetworkAclEntry) => found({ entries: [one, ...all, ...rest] });
  expect(shut(rule(50, "deny", ports(22)))).toMatch(
    /forbids ssh from \S+ in; let acl-1 allow tcp to port 22 from \S+ in; or name/,
  );
  expect(shut(rule(50, "deny", { ...answers, Egress: true }))).toMatch(/forbids the answers of ssh to \S+ out; let/);
  expect(shut(rule(50, "deny", { ...ports(443), Egress: true }))).toMatch(
    /forbids https out, to registries and the store; let/,
  );
  expect(shut(rule(50, "deny", answers))).toMatch(/forbids the answers of registries and the store in; let/);
  // A later rule, another port, another protocol and IPv6 forbid nothing of it.
  const { CidrBlock: _, ...v6 } = rule(50, "deny", { Ipv6CidrBlock: "::/0" });
  for (const one of [
    rule(200, "deny", ports(22)),
    rule(50, "deny", ports(23)),
    rule(50, "deny", { Protocol: "17" }),
    v6,
  ]) {
    expect(shut(one)).toBe("");
  }
});

it("what is forbidden to a part of the addresses or ports is not known to be forbidden to us", () => {
  const part = rule(50, "deny", { Egress: true, CidrBlock: "198.51.100.0/24" });
  expect(found({ entries: [part, ...all, ...rest] })).toBe("");
  const proxyAlone = rule(50, "allow", { Egress: true, CidrBlock: "10.0.0.9/32" });
  expect(found({ entries: [proxyAlone, ...all.slice(1), ...rest] })).not.toContain("https out");
});

it("nobody asks it between machines of one subnet, where a jump host may be", () => {
  const entries = [rule(10, "allow", answers), rule(10, "allow", { Egress: true, ...ports(443) }), ...rest];
  const behind = { address: "private", isBehindJumpHost: true } as const;
  expect(found({ entries }, { ...behind, operatorCidr: "10.20.1.5/32" })).toBe("");
  expect(found({ entries }, { ...behind, operatorCidr: "10.20.2.5/32" })).toContain("forbids ssh from 10.20.2.5/32 in");
});

const blocked = (mode: VpcBlockPublicAccessOptions["InternetGatewayBlockMode"], more: Partial<PublicAccess> = {}) => ({
  access: { options: { InternetGatewayBlockMode: mode }, exclusions: [], ...more },
});
const excluded = (of: string, mode: "allow-bidirectional" | "allow-egress", State = "create-complete" as const) => ({
  exclusions: [
    {
      ...{ State, InternetGatewayExclusionMode: mode },
      ResourceArn: `arn:aws:ec2:us-east-1:123456789012:${of.split("-")[0] ?? ""}/${of}`,
    },
  ],
});

it("an account that blocks public access of its VPCs stops machines with public addresses", () => {
  const ingress = found(blocked("block-ingress"));
  expect(ingress).toMatch(/^w\.subnets\[0\]: the account blocks public access of its VPCs \(block-ingress\)/);
  expect(ingress).toMatch(
    /nobody reaches a machine there by ssh; set address: private.*jumpHost.*create-vpc-block-public/,
  );
  expect(found(blocked("block-bidirectional"))).toContain("by ssh, and reaches no registry; ");
  const options = { InternetGatewayBlockMode: "block-ingress", ManagedBy: "declarative-policy" } as const;
  expect(found(blocked("block-ingress", { options }))).toContain("a declarative policy of the organization blocks");
});

it("exclusions of the subnet or its VPC count, as far as they go and once they are there", () => {
  expect(found(blocked("block-bidirectional", excluded("subnet-1", "allow-bidirectional")))).toBe("");
  expect(found(blocked("block-bidirectional", excluded("vpc-1", "allow-bidirectional")))).toBe("");
  expect(found(blocked("block-bidirectional", excluded("subnet-1", "allow-egress")))).toMatch(/by ssh; set/);
  expect(found(blocked("block-ingress", excluded("vpc-2", "allow-bidirectional")))).not.toBe("");
  const going = { ...excluded("vpc-1", "allow-bidirectional") };
  const [one = {}] = going.exclusions;
  const gone = { exclusions: [{ ...one, State: "delete-in-progress" as const }] };
  expect(found(blocked("block-ingress", gone))).not.toBe("");
});

it("a private subnet gets out under block-ingress, and under the other only by what nobody can see here: a note", () => {
  expect(found(blocked("block-ingress"), inside)).toBe("");
  expect(found(blocked("block-bidirectional"), inside)).toMatch(
    /^note w\.subnets\[0\]: .*subnet of its NAT gateway is excluded/,
  );
});
