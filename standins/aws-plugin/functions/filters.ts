/** What several lookups have in common. */
import type { Filter } from "@aws-sdk/client-ec2";
import { z } from "zod";
import { tagsInput } from "../schemas";

export const filterArgs = {
  filters: z.array(z.strictObject({ name: z.string(), values: z.array(z.string()) })).optional(),
  tags: tagsInput,
  region: z.string().optional(),
};

export interface FilterArgs {
  readonly filters?: readonly { readonly name: string; readonly values: readonly string[] }[] | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** `named` are filters by their own names in EC2; those without a value are left out. */
export function toFilters(
  { filters = [], tags = {} }: FilterArgs,
  named: Record<string, string | undefined>,
): Filter[] {
  return [
    ...Object.entries(named).flatMap(([Name, value]) => (value === undefined ? [] : [{ Name, Values: [value] }])),
    ...filters.map(({ name, values }) => ({ Name: name, Values: [...values] })),
    ...Object.entries(tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] })),
  ];
}
