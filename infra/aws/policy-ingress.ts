/** Whom a rule of a security group lets in: one of the group's own list, or a resource by itself, in either of the plugin's two forms. */
import { label, maps, text, type IngressFacts, type Props } from "../policy-facts";

export function ingress(rule: Props): readonly IngressFacts[] {
  const protocol = text(rule["protocol"]) ?? text(rule["ipProtocol"]);
  const [from, to] = [label(rule["fromPort"], "0"), label(rule["toPort"], "0")];
  const ports = protocol === "-1" || protocol === "all" ? "all" : from === to ? from : `${from}-${to}`;
  const ranges = ["cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6"].flatMap((field) => several(rule[field]));
  // What is in one is somebody else's to change, and stands in no program.
  const lists = ["prefixListIds", "prefixListId"].flatMap((field) => several(rule[field]));
  return [
    ...ranges.map((range) => ({ ports, from: text(range) })),
    ...lists.map((list) => ({ ports, from: `prefix list ${label(list, "that is made")}` })),
  ];
}

function several(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

/** One of the older form says which way it goes. */
export function ruleOfGroup(rule: Props): readonly IngressFacts[] {
  return rule["type"] === "egress" ? [] : maps([rule]).flatMap(ingress);
}
