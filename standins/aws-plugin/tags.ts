/** Tags: those of a resource go over those of the provider (`defaultTags`). */
import {
  CreateTagsCommand,
  DeleteTagsCommand,
  type EC2Client,
  type ResourceType,
  type Tag,
  type TagSpecification,
} from "@aws-sdk/client-ec2";
import { isRecord } from "../../provider-kit/wire";

export type Tags = Readonly<Record<string, string>>;

export function toTags(value: unknown): Tags {
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
}

/** Without those that AWS itself sets. */
export function fromList(list: readonly Tag[] | undefined): Tags {
  const own = (list ?? []).filter(({ Key }) => Key !== undefined && !Key.startsWith("aws:"));
  return Object.fromEntries(own.map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
}

/** Tags that are there from the start: no moment in which a sweep can't tell whose a thing is. */
export function tagSpecification(type: ResourceType, tags: Tags): TagSpecification[] {
  return Object.keys(tags).length === 0 ? [] : [{ ResourceType: type, Tags: toList(tags) }];
}

function toList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Those of all tags that the resource itself declares: defaults only if it repeats them. */
export function ownTags(all: Tags, defaults: Tags, declared: Tags): Tags {
  return Object.fromEntries(Object.entries(all).filter(([key, value]) => key in declared || defaults[key] !== value));
}

export async function retag(client: EC2Client, targets: readonly string[], before: Tags, after: Tags): Promise<void> {
  const Resources = [...targets];
  if (Resources.length === 0) return;
  const gone = Object.keys(before).filter((key) => !(key in after));
  if (gone.length > 0) await client.send(new DeleteTagsCommand({ Resources, Tags: gone.map((Key) => ({ Key })) }));
  const fresh = Object.fromEntries(Object.entries(after).filter(([key, value]) => before[key] !== value));
  if (Object.keys(fresh).length > 0) await client.send(new CreateTagsCommand({ Resources, Tags: toList(fresh) }));
}
