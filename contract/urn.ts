/**
 * Names of resources as the engine gives them: `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`. A name may hold colons.
 * Source: pulumi, sdk/go/common/resource/urn.
 */

export interface Urn {
  readonly stack: string;
  readonly project: string;
  /** The type alone, as `aws:ec2/instance:Instance`. */
  readonly type: string;
  readonly name: string;
}

/** @throws of what is no URN of a resource */
export function parseUrn(urn: string): Urn {
  const [head, project, types, ...name] = urn.split("::");
  const stack = head?.replace(/^urn:pulumi:/, "");
  const type = types?.split("$").pop();
  if (stack === undefined || project === undefined || type === undefined || name.length === 0) {
    throw new Error(`not a resource URN: ${urn}`);
  }
  return { stack, project, type, name: name.join("::") };
}

/** The text itself where it is no URN. */
export function nameOf(urn: string): string {
  const [, , , ...name] = urn.split("::");
  return name.length === 0 ? urn : name.join("::");
}

/** Empty where it is no URN. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").pop() ?? "";
}
