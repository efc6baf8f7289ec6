/** What a region's quotas leave for the machines that are started at once. IBM has no request that says so: it is counted. */
import type { Finding } from "../platform";
import { asking } from "./finding";
import type { Vpc } from "./provider/vpc";

/** What the settings start at once at one path. */
export interface Started {
  readonly path: string;
  /** Build machines are gone before boot checks begin. */
  readonly role: "worker" | "boot";
  /** How many of it at once. */
  readonly count: number;
  readonly profile: string;
  readonly zone: string;
  readonly address?: "public" | "private";
  readonly floatingIp?: string;
}

/** Unless IBM has raised them for the account, which nothing shows. Source: IBM's guide "Quotas and service limits" of VPC. */
const FLOATING_IPS_OF_ZONE = 40;
const VCPUS_OF_REGION = 200;

const RAISE = "unless IBM has raised it for this account: ask its support to, or take something away";

export async function quotaFindings(vpc: Vpc, machines: readonly Started[]): Promise<Finding[]> {
  const roles = ["worker", "boot"] as const;
  const asked = roles.flatMap((role) => {
    const those = machines.filter((one) => one.role === role);
    const [first] = those;
    if (first === undefined) return [];
    const zones = [...new Set(those.map(({ zone }) => zone))];
    return [
      Promise.resolve(sharedAddresses(those)),
      ...zones.map((zone) => addressesOf(vpc, zone, those)),
      asking(first.path, RAISE, () => vcpusOf(vpc, those)),
    ];
  });
  return (await Promise.all(asked)).flat();
}

function sharedAddresses(machines: readonly Started[]): Finding[] {
  return machines.flatMap(({ path, floatingIp }, at) => {
    if (floatingIp === undefined) return [];
    const those = machines.filter((one) => one.floatingIp === floatingIp);
    const count = sum(those.map((one) => one.count));
    if (count < 2 || those[0] !== machines[at]) return [];
    const problem = `floating IP ${floatingIp} is for one machine, and ${count} are started at once`;
    return [{ path: `${path}.floatingIp`, problem, remedy: "leave it out, or name one for each" }];
  });
}

async function addressesOf(vpc: Vpc, zone: string, machines: readonly Started[]): Promise<Finding[]> {
  const those = machines.filter(
    ({ zone: of, address, floatingIp }) => of === zone && address !== "private" && floatingIp === undefined,
  );
  const [first] = those;
  if (first === undefined) return [];
  return asking(`${first.path}.zone`, `${RAISE}, or name a reserved address as floatingIp`, async () => {
    const used = (await vpc.list("floating_ips")).filter((one) => one.zone.name === zone).length;
    return over(`floating IPs in ${zone}`, used, sum(those.map(({ count }) => count)), FLOATING_IPS_OF_ZONE);
  });
}

async function vcpusOf(vpc: Vpc, machines: readonly Started[]): Promise<{ readonly note: string } | undefined> {
  const [instances, wanted] = await Promise.all([
    vpc.list("instances"),
    Promise.all(
      machines.map(async ({ profile, count }) => {
        const found = await vpc.known("instance/profiles", profile);
        return (found?.vcpu_count?.value ?? 0) * count;
      }),
    ),
  ]);
  const used = sum(instances.map(({ vcpu }) => vcpu?.count ?? 0));
  return over(`vCPUs in ${vpc.region}`, used, sum(wanted), VCPUS_OF_REGION);
}

function over(what: string, used: number, wanted: number, most: number): { readonly note: string } | undefined {
  if (used + wanted <= most) return undefined;
  return { note: `${used} ${what} are in use and ${wanted} more are wanted at once, over the quota of ${most}` };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
