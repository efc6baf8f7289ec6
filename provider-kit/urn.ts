/** Names of resources: `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`. */

/** The type alone, as `aws:ec2/instance:Instance`. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").pop() ?? "";
}

export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
