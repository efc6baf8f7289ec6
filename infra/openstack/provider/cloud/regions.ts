/** A cloud of several regions: clouds.yaml may list them, each with fields of its own. Source: openstacksdk, openstack/config/loader.py. */
import { isRecord } from "../../../../contract/is-record";
import { UserError } from "../../../../contract/user-error";
import { type Entry, merge } from "./clouds-yaml";

/**
 * The fields as they are in one region: the wanted one, else the entry's, else the first of its list.
 * @throws UserError where the list has no such region
 */
export function inRegion({ file, fields }: Entry, cloud: string, wanted: string | undefined): Entry["fields"] {
  const { regions, ...rest } = fields;
  if (!Array.isArray(regions) || regions.length === 0) return fields;
  const all = regions.flatMap((one: unknown) => regionOf(one));
  const name = wanted ?? (typeof fields.region_name === "string" ? fields.region_name : all[0]?.name);
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return merge(rest, { ...found.values, region_name: found.name });
  const names = all.map((one) => one.name).join(", ");
  throw new UserError(`${file}: the regions of cloud "${cloud}" have no region "${name ?? ""}"; they are: ${names}`);
}

interface Region {
  readonly name: string;
  readonly values: Entry["fields"];
}

function regionOf(one: unknown): Region[] {
  if (typeof one === "string") return [{ name: one, values: {} }];
  if (!isRecord(one) || typeof one.name !== "string") return [];
  return [{ name: one.name, values: isRecord(one.values) ? one.values : {} }];
}
