/** Where a service is, by the token's catalog. */
import { UserError } from "../../../../contract/user-error";
import type { Access } from "./access";
import type { Token } from "./token";

export type Service = "identity" | "image" | "compute" | "network" | "volume";

/** Block storage has had several names. */
const TYPES: Readonly<Record<Service, readonly string[]>> = {
  identity: ["identity"],
  image: ["image"],
  compute: ["compute"],
  network: ["network"],
  volume: ["block-storage", "volumev3", "volume"],
};

/**
 * Without a slash at its end.
 * @throws UserError that says what the catalog has instead
 */
export function endpointOf(
  service: Service,
  { catalog }: Pick<Token, "catalog">,
  { cloud, region, face, from, endpoints }: Pick<Access, "cloud" | "region" | "face" | "from" | "endpoints">,
): string {
  const instead = TYPES[service].flatMap((type) => endpoints?.[type] ?? [])[0];
  if (instead !== undefined) return instead;
  const all =
    TYPES[service].flatMap((type) => catalog.filter((one) => one.type === type).slice(0, 1))[0]?.endpoints ?? [];
  const where = `the catalog of cloud "${cloud}"`;
  if (all.length === 0) {
    const has = catalog.map(({ type }) => type).sort();
    throw new UserError(
      `${where} has no ${service} service; it has: ${has.join(", ") || "none"}\n` +
        `ask the cloud's operator for it, or whether the project of ${from} is the right one`,
    );
  }
  const faced = all.filter((one) => one.interface.replace(/URL$/, "") === face);
  const regions = [...new Set(faced.map(regionOf))].sort();
  const here = faced.filter((one) => region === undefined || regionOf(one) === region);
  const [first] = here;
  if (first === undefined) {
    const has = faced.length === 0 ? `interfaces ${list(all.map((one) => one.interface))}` : `regions ${list(regions)}`;
    const wanted = faced.length === 0 ? `with interface "${face}"` : `in region "${region ?? ""}"`;
    const remedy =
      faced.length === 0
        ? `write one of these as interface in ${from}`
        : `write one of these as "region" in the settings or as region_name in ${from}, or ask the cloud's operator for the service there`;
    throw new UserError(`${where} has no ${service} service ${wanted}; it has ${has}\n${remedy}`);
  }
  if (region === undefined && regions.length > 1) {
    throw new UserError(
      `${where} has several regions: ${list(regions)}\nsay which, by "region" in the settings or region_name in ${from}`,
    );
  }
  return first.url.replace(/\/+$/, "");
}

function regionOf({ region_id: id, region }: Token["catalog"][number]["endpoints"][number]): string {
  return id ?? region ?? "";
}

function list(texts: readonly string[]): string {
  return [...new Set(texts)].sort().join(", ");
}
