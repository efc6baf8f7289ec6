/** The rules of a security group: as a program writes them, and as EC2 keeps them. */
import type { IpPermission, UserIdGroupPair } from "@aws-sdk/client-ec2";
import { z } from "zod";

export const ruleInput = z.strictObject({
  protocol: z.string(),
  fromPort: z.number().int(),
  toPort: z.number().int(),
  cidrBlocks: z.array(z.string()).optional(),
  ipv6CidrBlocks: z.array(z.string()).optional(),
  prefixListIds: z.array(z.string()).optional(),
  securityGroups: z.array(z.string()).optional(),
  self: z.boolean().optional(),
  description: z.string().optional(),
});
export type Rule = z.infer<typeof ruleInput>;

type Source = "cidr" | "cidr6" | "prefix" | "group";

/** One source of one rule: what EC2 adds and removes. */
export interface Grant {
  readonly protocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly source: Source;
  readonly value: string;
  readonly description: string;
}

/** `group` is the group's own id, which `self` stands for. */
export function grantsOf(rules: readonly Rule[], group: string): Grant[] {
  return rules.flatMap((rule) => {
    const { fromPort, toPort, description = "" } = rule;
    // EC2 knows no ports where every protocol is meant.
    const protocol = rule.protocol === "all" ? "-1" : rule.protocol.toLowerCase();
    const ports = protocol === "-1" ? { fromPort: 0, toPort: 0 } : { fromPort, toPort };
    const grants = (source: Source, values: readonly string[] = []) =>
      values.map((value) => ({ protocol, ...ports, source, value, description }));
    return [
      ...grants("cidr", rule.cidrBlocks),
      ...grants("cidr6", rule.ipv6CidrBlocks),
      ...grants("prefix", rule.prefixListIds),
      ...grants("group", [...(rule.securityGroups ?? []), ...(rule.self === true ? [group] : [])]),
    ];
  });
}

export function grantsIn(permissions: readonly IpPermission[]): Grant[] {
  return permissions.flatMap((permission) => {
    const protocol = permission.IpProtocol ?? "-1";
    const every = protocol === "-1";
    const ports = { fromPort: every ? 0 : (permission.FromPort ?? 0), toPort: every ? 0 : (permission.ToPort ?? 0) };
    const grant = (source: Source, value: string | undefined, description: string | undefined) =>
      value === undefined ? [] : [{ protocol, ...ports, source, value, description: description ?? "" }];
    return [
      ...(permission.IpRanges ?? []).flatMap((range) => grant("cidr", range.CidrIp, range.Description)),
      ...(permission.Ipv6Ranges ?? []).flatMap((range) => grant("cidr6", range.CidrIpv6, range.Description)),
      ...(permission.PrefixListIds ?? []).flatMap((list) => grant("prefix", list.PrefixListId, list.Description)),
      ...(permission.UserIdGroupPairs ?? []).flatMap((pair) => grant("group", pair.GroupId, pair.Description)),
    ];
  });
}

/** What `wanted` has and `there` has not. */
export function missing(wanted: readonly Grant[], there: readonly Grant[]): Grant[] {
  const known = new Set(there.map(keyOf));
  return wanted.filter((grant) => !known.has(keyOf(grant)));
}

function keyOf({ protocol, fromPort, toPort, source, value, description }: Grant): string {
  return JSON.stringify([protocol, fromPort, toPort, source, value, description]);
}

export function toPermission({ protocol, fromPort, toPort, source, value, description }: Grant): IpPermission {
  const said = description === "" ? {} : { Description: description };
  const ports = protocol === "-1" ? {} : { FromPort: fromPort, ToPort: toPort };
  const common = { IpProtocol: protocol, ...ports };
  switch (source) {
    case "cidr":
      return { ...common, IpRanges: [{ CidrIp: value, ...said }] };
    case "cidr6":
      return { ...common, Ipv6Ranges: [{ CidrIpv6: value, ...said }] };
    case "prefix":
      return { ...common, PrefixListIds: [{ PrefixListId: value, ...said }] };
    case "group":
      return { ...common, UserIdGroupPairs: [{ GroupId: value, ...said } satisfies UserIdGroupPair] };
  }
}

/** As a program would write them: one rule for each protocol, ports and description. */
export function rulesOf(grants: readonly Grant[], group: string): Rule[] {
  const rules = new Map<string, Rule & { readonly self: boolean }>();
  for (const { protocol, fromPort, toPort, source, value, description } of grants) {
    const key = JSON.stringify([protocol, fromPort, toPort, description]);
    const rule = rules.get(key) ?? { protocol, fromPort, toPort, description, self: false };
    const added = (values: readonly string[] | undefined) => [...(values ?? []), value].sort();
    const grown = {
      cidr: () => ({ cidrBlocks: added(rule.cidrBlocks) }),
      cidr6: () => ({ ipv6CidrBlocks: added(rule.ipv6CidrBlocks) }),
      prefix: () => ({ prefixListIds: added(rule.prefixListIds) }),
      group: () => (value === group ? { self: true } : { securityGroups: added(rule.securityGroups) }),
    }[source]();
    rules.set(key, { ...rule, ...grown });
  }
  return [...rules.values()];
}
