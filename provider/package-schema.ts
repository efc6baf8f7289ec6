/** The package's schema, as `pulumi package get-schema` shows it and converters read it. */

export const TEXT = { type: "string" } as const;
export const WHOLE = { type: "integer" } as const;
export const NUMBER = { type: "number" } as const;
export const YES_NO = { type: "boolean" } as const;
export const ANY = { $ref: "pulumi.json#/Any" } as const;
export const MAP = { type: "object", additionalProperties: ANY } as const;
export const SECRET_MAP = { ...MAP, secret: true } as const;
export const TEXTS = { type: "array", items: TEXT } as const;
export const TAGS = { type: "object", additionalProperties: TEXT } as const;
export const SECRET_TEXT = { ...TEXT, secret: true } as const;

type Fields = Readonly<Record<string, object>>;

/** One resource type of the package. */
export interface ResourceSchema {
  readonly description: string;
  readonly inputProperties: Fields;
  readonly requiredInputs: readonly string[];
  readonly properties: Fields;
  readonly required: readonly string[];
}

export function resource(
  description: string,
  inputs: Fields,
  required: readonly string[],
  outputs: Fields,
): ResourceSchema {
  return {
    description,
    inputProperties: inputs,
    requiredInputs: required,
    properties: outputs,
    required: Object.keys(outputs),
  };
}

/** @param types by type token */
export function packageSchema(
  version: string,
  types: Readonly<Record<string, { readonly schema: ResourceSchema }>>,
): string {
  const resources = Object.fromEntries(Object.entries(types).map(([token, { schema }]) => [token, schema]));
  return JSON.stringify({
    name: "builders",
    version,
    description: "Temporary stacks, and what image builds need and no other provider offers",
    resources,
  });
}
