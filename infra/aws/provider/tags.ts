/** Tags of things in EC2, and what is ours by them. */
import type { Tag } from "@aws-sdk/client-ec2";
import { OWNER_TAG } from "../../../provider/owner";

export type Tags = Readonly<Record<string, string>>;

export function readTags(list: readonly Tag[] = []): Tags {
  return Object.fromEntries(list.map(({ Key = "", Value = "" }) => [Key, Value]));
}

export function writeTags(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function hasTags(tags: Tags, wanted: Tags): boolean {
  return Object.entries(wanted).every(([name, value]) => tags[name] === value);
}

/** A filter of EC2 for each tag. It takes `*` and `?` for patterns: what it finds is held against `hasTags`. */
export function tagFilters(tags: Tags): { Name: string; Values: string[] }[] {
  return Object.entries(tags).map(([name, value]) => ({ Name: `tag:${name}`, Values: [value] }));
}

/** False for what says that another stack owns it. */
export function mayBeOf(tags: Tags, identity: string | undefined): boolean {
  const owner = tags[OWNER_TAG];
  return owner === undefined || identity === undefined || owner === identity;
}
