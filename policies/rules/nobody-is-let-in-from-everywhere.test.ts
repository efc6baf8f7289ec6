import { expect, it } from "vitest";
import { problems } from "../testing/problems";
import { nobodyIsLetInFromEverywhere } from "./nobody-is-let-in-from-everywhere";

const said = (range: string, from: "cidrBlocks" | "ipv6CidrBlocks") =>
  problems(nobodyIsLetInFromEverywhere, {
    type: "aws:ec2/securityGroup:SecurityGroup",
    props: { ingress: [{ protocol: "tcp", fromPort: 22, toPort: 22, [from]: [range] }] },
  });

it("knows everywhere when it is written in halves", async () => {
  for (const range of ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1"])
    expect(await said(range, "cidrBlocks")).toEqual([expect.stringContaining(`lets ${range} in on ports 22; `)]);
  for (const range of ["::/0", "0::/0", "2000::/3"])
    expect(await said(range, "ipv6CidrBlocks")).toEqual([expect.stringContaining(`lets ${range} in on ports 22; `)]);
});

it("lets pass what somebody has of their own", async () => {
  for (const range of ["10.0.0.0/8", "203.0.113.7/32"]) expect(await said(range, "cidrBlocks")).toEqual([]);
  for (const range of ["fc00::/7", "2001:db8::/32"]) expect(await said(range, "ipv6CidrBlocks")).toEqual([]);
});
