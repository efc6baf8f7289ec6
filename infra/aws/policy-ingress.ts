/** Whom a rule of a security group lets in: one of the group's own list, or a resource by itself, in either of the plugin's two forms. */
import { label, list, text, type IngressFacts, type Props } from "../policy-facts";

export function ingress(rule: Props): readonly IngressFacts[] {
  const protocol = text(rule["protocol"]) ?? text(rule["ipProtocol"]);
  const [from, to] = [label(rule["fromPort"], "0"), label(rule["toPort"], "0")];
  const ports = protocol === "-1" || protocol === "all" ? "all" : from === to ? from : `${from}-${to}`;
  const ranges = ["cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6"].flatMap((field) => list(rule[field]));
  // What is in one is somebody else's to change, and stands in no program.
  const lists = ["prefixListIds", "prefixListId"].flatMap((field) => list(rule[field]));
  return [
    ...ranges.map((range) => ({ ports, from: text(range) })),
    ...lists.map((one) => ({ ports, from: `prefix list ${label(one, "that is made")}` })),
  ];
}

/** One of the older form says which way it goes. */
export function ruleOfGroup(rule: Props): readonly IngressFacts[] {
  return rule["type"] === "egress" ? [] : ingress(rule);
}
