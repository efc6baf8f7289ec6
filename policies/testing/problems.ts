/** Asks one rule about one resource, as the engine does. */
import type { ResourceValidationPolicy } from "@pulumi/policy";

export interface Asked {
  readonly type: string;
  readonly props: object;
  readonly provider?: { readonly props: object };
}

export async function problems(
  { validateResource }: ResourceValidationPolicy,
  asked: Asked,
  options: object = {},
): Promise<string[]> {
  if (typeof validateResource !== "function") throw new Error("the rule is not one function");
  const found: string[] = [];
  await validateResource({ ...asked, getConfig: () => options } as never, (message) => found.push(message));
  return found;
}
