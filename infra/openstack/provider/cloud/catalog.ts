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
  volume: ["block-storage", "volumev3", "volume", "block-store"],
};

/**
 * Without a slash at its end.
 * @throws UserError that says what the catalog has instead
 */
export function endpointOf(
  service: Service,
  token: Pick<Token, "catalog" | "project">,
  access: Pick<Access, "cloud" | "region" | "face" | "from" | "endpoints" | "services">,
): string {
  const { catalog, project } = token;
  const { cloud, from, endpoints, services } = access;
  const types = TYPES[service];
  const instead = types.flatMap((type) => endpoints?.[type] ?? [])[0];
  if (instead !== undefined) return versioned(service, instead, project);
  const own = types.flatMap((type) => services?.[type] ?? [])[0];
  const { face, region } = { ...access, ...own };
  // A service may be listed more than once, with an endpoint in each.
  const listed = types.map((type) => catalog.filter((one) => one.type === type).flatMap((one) => one.endpoints));
  const all = listed.find((some) => some.length > 0) ?? [];
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
  return versioned(service, first.url.replace(/\/+$/, ""), project);
}

/** Newer catalogs name services by their root. Those of images and networks are asked for, or added, where they are called. */
function versioned(service: Service, url: string, project: Token["project"]): string {
  if (/\/v\d+(\.\d+)?(\/[^/]+)?$/.test(url)) return url;
  if (service === "compute") return `${url}/v2.1`;
  return service === "volume" && project !== undefined ? `${url}/v3/${project.id}` : url;
}

function regionOf({ region_id: id, region }: Token["catalog"][number]["endpoints"][number]): string {
  return id ?? region ?? "";
}

function list(texts: readonly string[]): string {
  return [...new Set(texts)].sort().join(", ");
}
