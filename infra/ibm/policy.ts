/** What we must be allowed: access policies for the API key's service ID, and what the image service must be allowed. */
import type { PlatformUse } from "../platform";
import type { IbmPlace, IbmWorker } from "./settings";

export interface AccessPolicy {
  /** Name of the service, as `ibmcloud iam` knows it. @default none: of a resource group itself */
  readonly service?: string;
  readonly roles: readonly string[];
  /** Kind of thing within VPC: the attribute that has its id. @default all of the service */
  readonly attribute?: string;
  /** Kind of thing within any other service. @default all of it */
  readonly resourceType?: string;
  readonly resource?: string;
  readonly resourceGroup?: string;
  readonly what: string;
}

export interface IbmPolicies {
  readonly operator: { readonly access: readonly AccessPolicy[]; readonly commands: readonly string[] };
}

type Use = PlatformUse<IbmWorker, IbmPlace>;

/**
 * Sources: IBM's guides "Managing IAM access for VPC Infrastructure Services", "VPC resource attributes" and "IAM overview" of
 * Cloud Object Storage.
 */
export function ibmPolicies(use: Use): IbmPolicies {
  const access = [...publishing(use), ...machines(use)];
  const buckets = unique(use.places.map(({ spec }) => spec.bucket.name));
  const commands = [
    ...access.map(command),
    // Not for us: the image service reads the bucket itself.
    ...(buckets.length === 0 ? [] : [AUTHORIZE]),
  ];
  return { operator: { access, commands } };
}

/** Narrow it to one instance of Cloud Object Storage by `--target-service-instance-id`. */
export const AUTHORIZE =
  "ibmcloud iam authorization-policy-create is cloud-object-storage Reader --source-resource-type image";

function publishing({ workers, places }: Use): AccessPolicy[] {
  const buckets = unique(places.map(({ spec }) => spec.bucket.name));
  return [
    ...groupsOf([...workers, ...places]).map((resource): AccessPolicy => ({
      ...{ roles: ["Viewer"], resourceType: "resource-group", resource, what: "the resource group, by its name" },
    })),
    ...groupsOf(places).map((resourceGroup): AccessPolicy => ({
      ...{ service: "is", roles: ["Editor"], attribute: "imageId", resourceGroup, what: "images: make, name, delete" },
    })),
    ...buckets.map((resource): AccessPolicy => ({
      ...{ service: "cloud-object-storage", roles: ["Writer"], resourceType: "bucket", resource },
      what: "disks: put, read, delete; its HMAC keys need the same role",
    })),
  ];
}

/** Of workers and boot checks. */
const MADE = ["instanceId", "volumeId", "floatingIpId", "securityGroupId", "virtualNetworkInterfaceId"];
const USED = ["vpcId", "subnetId", "imageId"];

function machines({ workers, places }: Use): AccessPolicy[] {
  const groups = groupsOf([...workers, ...places]);
  return [
    ...groups.flatMap((resourceGroup) =>
      MADE.map((attribute): AccessPolicy => ({
        ...{ service: "is", roles: ["Editor"], attribute, resourceGroup, what: "machines that build and boot checks" },
      })),
    ),
    ...(groups.length === 0 ? [] : USED).map((attribute): AccessPolicy => ({
      ...{ service: "is", roles: ["Operator"], attribute, what: "what such machines are made in and from" },
    })),
  ];
}

function groupsOf(of: readonly { readonly spec: { readonly resourceGroup: string } }[]): string[] {
  return unique(of.map(({ spec }) => spec.resourceGroup));
}

function command({ service, roles, attribute, resourceType, resource, resourceGroup }: AccessPolicy): string {
  const options = [
    `--roles ${roles.join(",")}`,
    ...(service === undefined ? [] : [`--service-name ${service}`]),
    ...(attribute === undefined ? [] : [`--attributes "${attribute}=*"`]),
    ...(resourceType === undefined ? [] : [`--resource-type ${resourceType}`]),
    ...(resource === undefined
      ? []
      : [`--resource ${resourceType === "resource-group" ? groupId(resource) : resource}`]),
    ...(resourceGroup === undefined ? [] : [`--resource-group-name ${resourceGroup}`]),
  ];
  return `ibmcloud iam service-policy-create SERVICE_ID ${options.join(" ")}`;
}

/** A group itself is known to IAM by its id alone. */
function groupId(name: string): string {
  return `"$(ibmcloud resource group ${name} --id)"`;
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list)];
}
