/** VPC's things that are there already: regions, zones, operating systems, profiles, VPCs, subnets. */
import { ok, type Answer, type ApiCall } from "./call";
import { page } from "./pages";
import { Refusal } from "./refusal";
import { OPERATING_SYSTEMS, PROFILES } from "./world";

export function catalog(call: ApiCall, region: string): Answer | undefined {
  const { world, path, method } = call;
  const [kind, name, more] = path;
  const known = ["regions", "operating_systems", "instance", "vpcs", "subnets"].includes(kind ?? "");
  if (!known) return undefined;
  if (method !== "GET") throw new Refusal(403, "not_authorized", "the provided token is not authorized to do that");
  switch (kind) {
    case "regions":
      return regions(call, name, more);
    case "operating_systems":
      return one(call, "operating_systems", OPERATING_SYSTEMS, name);
    case "instance": {
      if (name !== "profiles") throw new Refusal(404, "not_found", "there is no such path");
      const zones = world.zones(region).map((zone) => ({ name: zone }));
      const profiles = PROFILES.map((profile) => ({
        ...{ name: profile.name, status: "current", zones },
        vcpu_architecture: { type: "fixed", value: profile.architecture },
        vcpu_count: { type: "fixed", value: vcpus(profile.name) },
        os_architecture: { type: "enum", default: profile.architecture, values: [profile.architecture] },
      }));
      return one(call, "profiles", profiles, more);
    }
    default: {
      const things = world.all(kind ?? "", region);
      if (name !== undefined) return ok(world.find(kind ?? "", region, name).json);
      return page(
        call,
        kind ?? "",
        things.map(({ json }) => json),
      );
    }
  }
}

/** Source: IBM's guide "Instance profiles": `bx2-4x16` has 4 of them. */
export function vcpus(profile: string): number {
  return Number(/-(\d+)x/.exec(profile)?.[1]);
}

function regions(call: ApiCall, name: string | undefined, more: string | undefined): Answer {
  const { world } = call;
  if (name === undefined || !world.regions.includes(name)) throw new Refusal(404, "not_found", "no such region");
  if (more === "zones") return ok({ zones: world.zones(name).map((zone) => ({ name: zone, status: "available" })) });
  return ok({ name, status: "available", endpoint: `https://${name}.iaas.cloud.ibm.com` });
}

function one(call: ApiCall, kind: string, all: readonly { readonly name: string }[], name: string | undefined): Answer {
  if (name === undefined) return page(call, kind, all);
  const found = all.find((it) => it.name === name);
  if (found === undefined) throw new Refusal(404, "not_found", `${name} not found`);
  return ok(found);
}
