/** A region: it answers, imports the operating system, and has what machines are made in. */
import { messageOf } from "../../contract/message-of";
import { bootProfile, isIbmArch, stockOf, vpcArchitecture } from "./arch";
import { addressFor } from "../jump-host";
import type { Finding } from "../platform";
import type { Arch } from "../words";
import type { IbmClients } from "./provider/clients";
import { asking, targetPath, type Use } from "./finding";
import { quotaFindings, type Started } from "./preflight-quota";
import { isUsable } from "./provider/image/life";
import { identityIn } from "./provider/marks";
import { findStock, stockName, type Stock } from "./provider/stock";
import type { Vpc } from "./provider/vpc";

/** Machines that will be made. */
interface Wanted extends Started, Stock {
  readonly arch: Arch;
  readonly vpc: string;
  readonly subnet: string;
  /** Of the stack. */
  readonly identity?: string;
}

export async function regionFindings(
  region: string,
  { workers, places, boots = 1, identity }: Use,
  clients: IbmClients,
): Promise<Finding[]> {
  const vpc = clients.vpc(region);
  const here = places.filter(({ spec }) => spec.region === region);
  const whose = identity === undefined ? {} : { identity };
  const machines = [
    ...workers
      .filter(({ spec }) => spec.region === region)
      .map(({ path, arch, spec }): Wanted => ({
        ...{ ...spec, ...whose, ...stockOf(spec, arch), path, arch, role: "worker", count: 1 },
        address: addressFor(spec),
      })),
    ...here.map(({ path, arch, spec }): Wanted => ({
      ...{ ...spec.boot, ...whose, path: `${path}.boot`, arch, role: "boot", count: boots },
      profile: bootProfile(spec, arch),
      address: addressFor(spec.boot),
    })),
  ];
  const first = here[0]?.path ?? machines[0]?.path ?? "";
  const answers = await reached(vpc, first);
  if (answers.length > 0) return answers;
  const asked = await Promise.all([
    ...here.map(({ path, arch, spec }) => systemFindings(vpc, targetPath(path), arch, spec.operatingSystem)),
    ...machines.map((machine) => machineFindings(vpc, machine)),
    quotaFindings(vpc, machines),
  ]);
  return asked.flat();
}

async function reached(vpc: Vpc, path: string): Promise<Finding[]> {
  const { region } = vpc;
  try {
    const found = await vpc.known("regions", region);
    if (found?.status === "available") return [];
    const problem = found === undefined ? `VPC has no region ${region}` : `region ${region} is ${found.status}`;
    return [{ path, problem, remedy: "name another region, or try again later" }];
  } catch (error) {
    return [
      { path, problem: messageOf(error), remedy: "see that this machine reaches the region, and what the key may" },
    ];
  }
}

async function systemFindings(vpc: Vpc, target: string, arch: Arch, name: string): Promise<Finding[]> {
  const path = `${target}.operatingSystem`;
  const remedy = 'name one that "ibmcloud is operating-systems" shows for this architecture';
  return asking(path, remedy, async () => {
    const system = await vpc.known("operating_systems", name);
    if (system === undefined) return `${vpc.region} has no operating system ${name}`;
    if (!system.allow_user_image_creation) return `no image of one's own can be of operating system ${name}`;
    if (isIbmArch(arch) && system.architecture !== vpcArchitecture(arch)) {
      return `operating system ${name} is for ${system.architecture}, and the image is for ${arch}`;
    }
    if (system.dedicated_host_only)
      return `images of ${name} start on dedicated hosts alone, so no boot of one can be checked`;
    const { user_data_format: format = "cloud_init" } = system;
    if (format !== "cloud_init")
      return `images of ${name} are told nothing by cloud-init but by ${format}, so no boot of one can be checked`;
    return undefined;
  });
}

async function machineFindings(vpc: Vpc, wanted: Wanted): Promise<Finding[]> {
  const { path, zone, stockImage, stockSystem, floatingIp } = wanted;
  const found = await Promise.all([
    asking(`${path}.zone`, "name a zone of the region", async () => {
      const zones = await vpc.zones();
      const names = zones.map(({ name }) => name).join(", ");
      return zones.some(({ name, status }) => name === zone && status === "available")
        ? undefined
        : `${zone} is no zone that is available in ${vpc.region}, which has ${names}`;
    }),
    asking(`${path}.profile`, 'name one of "ibmcloud is instance-profiles"', () => profileProblem(vpc, wanted)),
    asking(`${path}.subnet`, "name a subnet of the VPC in that zone", () => subnetProblem(vpc, wanted)),
    stockImage === undefined && stockSystem === undefined
      ? []
      : asking(
          `${path}.${stockImage === undefined ? "operatingSystem" : "image"}`,
          'name one of "ibmcloud is images --visibility public"',
          () => imageProblem(vpc, wanted),
        ),
    floatingIp === undefined
      ? []
      : asking(`${path}.floatingIp`, "reserve it in that zone, or name another", () =>
          addressProblem(vpc, wanted, floatingIp),
        ),
  ]);
  return found.flat();
}

async function profileProblem(vpc: Vpc, { profile, zone, arch }: Wanted): Promise<string | undefined> {
  const found = await vpc.known("instance/profiles", profile);
  if (found === undefined) return `${vpc.region} has no profile ${profile}`;
  const { value } = found.vcpu_architecture;
  if (isIbmArch(arch) && value !== undefined && value !== vpcArchitecture(arch)) {
    return `profile ${profile} is for ${value}, and the machine is for ${arch}`;
  }
  if (found.zones.length > 0 && !found.zones.some(({ name }) => name === zone)) {
    return `profile ${profile} is not in zone ${zone}`;
  }
  return undefined;
}

async function subnetProblem(vpc: Vpc, { vpc: network, subnet, zone, address }: Wanted): Promise<string | undefined> {
  const [networks, subnets] = await Promise.all([vpc.list("vpcs"), vpc.list("subnets")]);
  const { id } = networks.find(({ name }) => name === network) ?? {};
  if (id === undefined) return `${vpc.region} has no VPC ${network}`;
  const found = subnets.find((one) => one.name === subnet && one.vpc.id === id);
  if (found === undefined) return `VPC ${network} in ${vpc.region} has no subnet ${subnet}`;
  if (found.zone.name !== zone) return `subnet ${subnet} is in zone ${found.zone.name}, not in ${zone}`;
  if (found.available_ipv4_address_count === 0) return `subnet ${subnet} has no free address`;
  if (address === "private" && found.public_gateway === undefined) {
    return `subnet ${subnet} has no public gateway, and a machine without a public address needs one to get out`;
  }
  return undefined;
}

type Problem = string | { readonly note: string } | undefined;

async function imageProblem(vpc: Vpc, wanted: Wanted): Promise<Problem> {
  const { arch } = wanted;
  const name = stockName(wanted);
  const image = await findStock(vpc, wanted);
  if (image === undefined) return `IBM has no ${name} in ${vpc.region}`;
  if (!isUsable(image)) return `${name} is ${image.status}`;
  const architecture = image.operating_system?.architecture;
  if (isIbmArch(arch) && architecture !== undefined && architecture !== vpcArchitecture(arch)) {
    return `${name} is for ${architecture}, and the machine is for ${arch}`;
  }
  return image.status === "deprecated" ? { note: `${name} is deprecated: IBM will take it away` } : undefined;
}

async function addressProblem(vpc: Vpc, { zone, identity }: Wanted, name: string): Promise<Problem> {
  const found = await vpc.named("floating_ips", name);
  if (found === undefined) return `${vpc.region} has no floating IP ${name}`;
  if (found.zone.name !== zone) return `floating IP ${name} is in zone ${found.zone.name}, not in ${zone}`;
  if (found.target === undefined) return undefined;
  const { id, name: holder = id } = found.target;
  // A machine that a killed run has left goes before the next one is made.
  const isOurs = identity !== undefined && identityIn(holder) === identity;
  const problem = `floating IP ${name} is in use by ${holder}`;
  return isOurs ? { note: `${problem}, a machine of this stack` } : problem;
}
