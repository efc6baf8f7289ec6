import type { Route, RouteTable } from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import type { WantedMachine } from "./machines";
import { networkFindings } from "./networks";
import { wantedMachine as machine } from "./testing/wanted-machine";

const subnet = { SubnetId: "subnet-1", VpcId: "vpc-1" };
const local: Route = { DestinationCidrBlock: "10.20.0.0/16", GatewayId: "local" };
const to = (DestinationCidrBlock: string, target: Route): Route => ({ DestinationCidrBlock, ...target });
const out = (target: Route) => to("0.0.0.0/0", target);
const igw = { GatewayId: "igw-1" };
const nat = { NatGatewayId: "nat-1" };

function found(routes: readonly Route[], more: Partial<WantedMachine> = {}, tables: readonly RouteTable[] = []) {
  const main: RouteTable = {
    RouteTableId: "rtb-1",
    VpcId: "vpc-1",
    Associations: [{ Main: true }],
    Routes: [local, ...routes],
  };
  const findings = networkFindings([{ ...machine, ...more }], [subnet], [main, ...tables]);
  return findings.map(({ path, problem }) => `${path}: ${problem}`).join("\n");
}

describe("a subnet", () => {
  it.each<[string, Route[], RegExp | undefined]>([
    ["an internet gateway", [out(igw)], undefined],
    ["an internet gateway for each half", [to("0.0.0.0/1", igw), to("128.0.0.0/1", igw)], undefined],
    ["a carrier gateway", [out({ CarrierGatewayId: "cagw-1" })], /by cagw-1 in rtb-1.*Wavelength.*lets nobody in/],
    ["NAT, and an internet gateway for the operator", [out(nat), to("203.0.113.0/24", igw)], undefined],
    ["nothing", [], /no route to the internet in rtb-1.*ssh/],
    ["half of all addresses", [to("128.0.0.0/1", igw)], /no route to the internet/],
    ["IPv6 alone", [{ DestinationIpv6CidrBlock: "::/0", EgressOnlyInternetGatewayId: "eigw-1" }], /no route/],
    ["a gateway that is gone", [out({ ...igw, State: "blackhole" })], /no route.*igw-1 is a blackhole/],
    ["NAT", [out(nat)], /by nat-1 alone.*ssh does not get in/],
    ["a transit gateway", [out({ TransitGatewayId: "tgw-1" })], /by tgw-1 alone.*ssh does not get in/],
    [
      "an internet gateway, and a VPN for the operator",
      [out(igw), to("203.0.113.0/24", { GatewayId: "vgw-1" })],
      /by vgw-1 alone/,
    ],
  ])("with a way by %s", (_, routes, text) => {
    expect(found(routes)).toMatch(text ?? /^$/);
    expect(found(routes).startsWith("w.subnets[0]: subnet-1 ")).toBe(text !== undefined);
  });

  it("has its own table before the main one", () => {
    const own: RouteTable = {
      RouteTableId: "rtb-2",
      VpcId: "vpc-1",
      Associations: [{ SubnetId: "subnet-1" }],
      Routes: [local],
    };
    expect(found([out(igw)], {}, [own])).toMatch(/no route to the internet in rtb-2/);
  });

  it("without a free address is a finding, and a note where another has some", () => {
    const table = { VpcId: "vpc-1", Associations: [{ Main: true }], Routes: [local, out(igw)] };
    const both = { ...machine, subnets: ["1", "2"].map((n) => ({ path: `w.subnets[${n}]`, id: `subnet-${n}` })) };
    const of = (free: number, other: number) =>
      networkFindings(
        [both],
        [
          { ...subnet, AvailableIpAddressCount: free },
          { ...subnet, SubnetId: "subnet-2", AvailableIpAddressCount: other },
        ],
        [table],
      );
    const full = (n: number) => ({
      path: `w.subnets[${n}]`,
      problem: `subnet-${n} has no free address: no machine starts there`,
    });
    expect(of(1, 1)).toEqual([]);
    expect(of(0, 1)).toEqual([expect.objectContaining({ ...full(1), note: true })]);
    expect(of(0, 0).map(({ path, problem, note }) => ({ path, problem, note }))).toEqual([full(1), full(2)]);
  });

  it("with IPv6 alone gives no public address", () => {
    const native = networkFindings([machine], [{ ...subnet, Ipv6Native: true }], []);
    expect(native.map(({ problem }) => problem)).toEqual([expect.stringMatching(/IPv6 alone/)]);
  });
});

describe("a private address", () => {
  const inside = { address: "private", operatorCidr: "192.168.7.0/24" } as const;

  it.each<[string, Route[], string, RegExp | undefined]>([
    ["NAT, and a VPN", [out(nat), to("192.168.0.0/16", { GatewayId: "vgw-1" })], "192.168.7.0/24", undefined],
    ["a transit gateway", [out({ TransitGatewayId: "tgw-1" })], "192.168.7.0/24", undefined],
    ["NAT, from inside", [out(nat)], "10.20.9.0/24", undefined],
    ["a carrier gateway, from inside", [out({ CarrierGatewayId: "cagw-1" })], "10.20.9.0/24", /not given/],
    ["NAT alone", [out(nat)], "192.168.7.0/24", /by nat-1 alone to 192.168.7.0\/24.*no private address/],
    ["an internet gateway alone", [out(igw)], "192.168.7.0/24", /by igw-1 alone/],
    [
      "a VPN, and no way out",
      [to("192.168.0.0/16", { GatewayId: "vgw-1" })],
      "192.168.7.0/24",
      /no route to the internet/,
    ],
  ])("with a way by %s", (_, routes, operatorCidr, text) => {
    expect(found(routes, { ...inside, operatorCidr })).toMatch(text ?? /^$/);
  });

  it("that ssh comes to from a jump host needs that one's own address, whatever the environment says", () => {
    const behind = { address: "private", isBehindJumpHost: true } as const;
    expect(found([out(nat)], { ...behind, operatorCidr: "10.20.0.5/32" })).toBe("");
    const [lacking] = networkFindings(
      [{ ...machine, ...behind }],
      [subnet],
      [{ RouteTableId: "rtb-1", VpcId: "vpc-1", Associations: [{ Main: true }], Routes: [local, out(nat)] }],
    );
    expect(lacking).toMatchObject({
      path: "w.subnets[0]",
      remedy: "write the address that the jump host has in that network into operatorCidr, e.g. 10.0.0.5/32",
    });
  });
});
