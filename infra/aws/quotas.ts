/** Limits of the account that a run could meet: what is used, what a run adds, what is allowed. */
import type { _InstanceType, InstanceTypeInfo } from "@aws-sdk/client-ec2";
import type { Finding } from "../platform";
import { errorName, isDenied, type Clients } from "./ask";

/** Machines of one kind that a run starts at once in one region. */
export interface Wanted {
  readonly path: string;
  readonly instanceType: string;
  readonly spot: boolean;
  readonly count: number;
}

/** Source: EC2 user guide, "Amazon EC2 instance type quotas"; quotas count vCPUs of all families together. */
const STANDARD = /^[acdhimrtz]\d/;
const VCPUS = { onDemand: "L-1216C47A", spot: "L-34B43A08" };

/** What is counted by the thing: one more of each is made. */
const THINGS = [
  { service: "ec2", code: "L-B665C33B", name: "AMIs" },
  { service: "ebs", code: "L-309BACF6", name: "snapshots" },
] as const;

export async function quotaFindings(
  region: string,
  { ec2, quotas }: Clients,
  wanted: readonly Wanted[],
  types: readonly InstanceTypeInfo[],
  images: boolean,
): Promise<Finding[]> {
  const used = await runningVcpus(ec2);
  const vcpus = new Map(types.map(({ InstanceType, VCpuInfo }) => [String(InstanceType), VCpuInfo?.DefaultVCpus ?? 0]));
  const machines = ([true, false] as const).map(async (spot): Promise<Finding[]> => {
    const ours = wanted.filter((one) => one.spot === spot && STANDARD.test(one.instanceType));
    const need = ours.reduce((sum, { instanceType, count }) => sum + count * (vcpus.get(instanceType) ?? 0), 0);
    const [first] = ours;
    const limit = need === 0 ? undefined : await quota(quotas, "ec2", spot ? VCPUS.spot : VCPUS.onDemand);
    if (first === undefined || limit === undefined || (spot ? used.spot : used.onDemand) + need <= limit) return [];
    const market = spot ? "spot" : "on-demand";
    return [
      {
        path: first.path,
        problem: `${region} allows ${limit} vCPUs of standard ${market} instances, ${spot ? used.spot : used.onDemand} run, and ${need} more are needed`,
        remedy: `ask for more in Service Quotas (${spot ? VCPUS.spot : VCPUS.onDemand}), or use smaller instances`,
      },
    ];
  });
  const things = images ? THINGS.map((thing) => thingFinding(region, { ec2, quotas }, thing)) : [];
  return (await Promise.all([...machines, ...things])).flat();
}

async function thingFinding(
  region: string,
  { ec2, quotas }: Pick<Clients, "ec2" | "quotas">,
  { service, code, name }: (typeof THINGS)[number],
): Promise<Finding[]> {
  const limit = await quota(quotas, service, code);
  if (limit === undefined) return [];
  const there = await (name === "AMIs" ? countImages(ec2) : countSnapshots(ec2));
  if (there < limit) return [];
  return [
    {
      path: "aws",
      problem: `${region} has ${there} ${name} of this account and allows ${limit}`,
      remedy: `delete some, or ask for more in Service Quotas (${code})`,
    },
  ];
}

/** Undefined where we may not know, which is reported as the missing permission, or where the region has no such quota. */
async function quota(quotas: Clients["quotas"], service: string, code: string): Promise<number | undefined> {
  const { GetServiceQuotaCommand } = await import("@aws-sdk/client-service-quotas");
  try {
    const { Quota } = await quotas.send(new GetServiceQuotaCommand({ ServiceCode: service, QuotaCode: code }));
    return Quota?.Value;
  } catch (error) {
    if (isDenied(error) || errorName(error) === "NoSuchResourceException") return undefined;
    throw error;
  }
}

async function runningVcpus(ec2: Clients["ec2"]): Promise<{ readonly spot: number; readonly onDemand: number }> {
  const { DescribeInstancesCommand } = await import("@aws-sdk/client-ec2");
  const used = { spot: 0, onDemand: 0 };
  const Filters = [{ Name: "instance-state-name", Values: ["pending", "running", "stopping"] }];
  let NextToken: string | undefined;
  do {
    const page = await ec2.send(new DescribeInstancesCommand({ Filters, ...(NextToken ? { NextToken } : {}) }));
    for (const instance of (page.Reservations ?? []).flatMap(({ Instances = [] }) => Instances)) {
      if (!STANDARD.test(String(instance.InstanceType))) continue;
      const { CoreCount = 0, ThreadsPerCore = 1 } = instance.CpuOptions ?? {};
      used[instance.InstanceLifecycle === "spot" ? "spot" : "onDemand"] += CoreCount * ThreadsPerCore;
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return used;
}

async function countImages(ec2: Clients["ec2"]): Promise<number> {
  const { DescribeImagesCommand } = await import("@aws-sdk/client-ec2");
  return ((await ec2.send(new DescribeImagesCommand({ Owners: ["self"] }))).Images ?? []).length;
}

async function countSnapshots(ec2: Clients["ec2"]): Promise<number> {
  const { DescribeSnapshotsCommand } = await import("@aws-sdk/client-ec2");
  let count = 0;
  let NextToken: string | undefined;
  do {
    const page = await ec2.send(
      new DescribeSnapshotsCommand({ OwnerIds: ["self"], MaxResults: 1000, ...(NextToken ? { NextToken } : {}) }),
    );
    count += (page.Snapshots ?? []).length;
    NextToken = page.NextToken;
  } while (NextToken);
  return count;
}

/** What EC2 knows of some types; those it does not have in this region are absent. */
export async function instanceTypes(ec2: Clients["ec2"], names: readonly string[]): Promise<InstanceTypeInfo[]> {
  const { DescribeInstanceTypesCommand } = await import("@aws-sdk/client-ec2");
  if (names.length === 0) return [];
  // By a filter, not by name: one unknown name would fail the request for all.
  const Filters = [{ Name: "instance-type", Values: [...names] as _InstanceType[] }];
  return (await ec2.send(new DescribeInstanceTypesCommand({ Filters }))).InstanceTypes ?? [];
}
