/** What a network ACL makes of ssh and https: each of its rules in turn, the answers too, which it knows nothing of. */
import type { NetworkAcl, NetworkAclEntry, Subnet } from "@aws-sdk/client-ec2";
import type { Finding } from "../platform";
import type { WantedMachine } from "./machines";
import { isWithin } from "./networks";

interface Traffic {
  readonly egress: boolean;
  readonly range: string;
  readonly ports: readonly [first: number, last: number];
}

/** One of the four that a machine needs. */
interface Way {
  readonly traffic: Traffic;
  /** What is forbidden where it is. */
  readonly why: string;
  readonly remedy: string;
}

const EVERYWHERE = "0.0.0.0/0";
/** Where answers go to: what Linux takes for a connection (ip_local_port_range), within all that systems take. */
const ANSWERS = [32_768, 60_999] as const;

/** Undefined where nothing is forbidden for certain: of a rule on a part of the range it is not known whether we are in it. */
export function aclProblem(
  { SubnetId = "", CidrBlock }: Subnet,
  { NetworkAclId = "its network ACL", Entries = [] }: NetworkAcl,
  { operatorCidr }: WantedMachine,
): Omit<Finding, "path"> | undefined {
  const isDenied = (traffic: Traffic): boolean => verdict(traffic, Entries) === "deny";
  const lets = (what: string): string => `let ${NetworkAclId} allow ${what}`;
  // Between machines of one subnet no ACL is asked, and a jump host may be there.
  const isNear = CidrBlock !== undefined && isWithin(operatorCidr, CidrBlock);
  const ssh: readonly Way[] = [
    {
      traffic: { egress: false, range: operatorCidr, ports: [22, 22] },
      why: `ssh from ${operatorCidr} in`,
      remedy: lets(`tcp to port 22 from ${operatorCidr} in`),
    },
    {
      traffic: { egress: true, range: operatorCidr, ports: ANSWERS },
      why: `the answers of ssh to ${operatorCidr} out`,
      remedy: lets(`tcp to ports 1024-65535 of ${operatorCidr} out`),
    },
  ];
  const https: readonly Way[] = [
    {
      traffic: { egress: true, range: EVERYWHERE, ports: [443, 443] },
      why: "https out, to registries and the store",
      remedy: lets("tcp to port 443 out"),
    },
    {
      traffic: { egress: false, range: EVERYWHERE, ports: ANSWERS },
      why: "the answers of registries and the store in",
      remedy: lets("tcp from port 443 to ports 1024-65535 in"),
    },
  ];
  const denied = [...(isNear ? [] : ssh), ...https].filter(({ traffic }) => isDenied(traffic));
  if (denied.length === 0) return undefined;
  const why = denied.map((one) => one.why).join("; ");
  return {
    problem: `${NetworkAclId} of ${SubnetId} forbids ${why}`,
    remedy: `${denied.map(({ remedy }) => remedy).join("; ")}; or name another subnet`,
  };
}

/** What the first rule says that is about all of it; a rule about a part of it leaves it open. */
function verdict(traffic: Traffic, entries: readonly NetworkAclEntry[]): "allow" | "deny" | "unknown" {
  const rules = entries
    .filter((one) => one.CidrBlock !== undefined && (one.Egress ?? false) === traffic.egress && isTcp(one))
    .sort((a, b) => (a.RuleNumber ?? 0) - (b.RuleNumber ?? 0));
  for (const rule of rules) {
    const { CidrBlock = "", PortRange: { From = 0, To = 65_535 } = {}, RuleAction } = rule;
    const [first, last] = traffic.ports;
    if (To < first || From > last) continue;
    if (isWithin(traffic.range, CidrBlock) && From <= first && To >= last)
      return RuleAction === "allow" ? "allow" : "deny";
    if (isWithin(traffic.range, CidrBlock) || isWithin(CidrBlock, traffic.range)) return "unknown";
  }
  return "unknown";
}

function isTcp({ Protocol }: NetworkAclEntry): boolean {
  return Protocol === "-1" || Protocol === "6";
}
