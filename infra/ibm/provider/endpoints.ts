/**
 * Where IBM Cloud's services are. Each can be said by the environment, as IBM's Terraform provider reads it; `{region}` in the
 * text stands for the region of VPC, and for the location of Cloud Object Storage.
 */
export interface Endpoints {
  readonly iam: string;
  readonly tagging: string;
  readonly resourceManager: string;
  readonly vpc: (region: string) => string;
  readonly cos: (location: string) => string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Sources: IBM's API references of these services, "Endpoint URLs"; for COS "Endpoints and storage locations". */
export function endpointsOf(env: Environment): Endpoints {
  const said = (name: string, usual: string): string => {
    const value = env[name];
    return (value === undefined || value === "" ? usual : value).replace(/\/+$/, "");
  };
  const vpc = said("IBMCLOUD_IS_NG_API_ENDPOINT", "https://{region}.iaas.cloud.ibm.com/v1");
  const cos = said("IBMCLOUD_COS_ENDPOINT", "https://s3.{region}.cloud-object-storage.appdomain.cloud");
  return {
    iam: said("IBMCLOUD_IAM_API_ENDPOINT", "https://iam.cloud.ibm.com"),
    tagging: said("IBMCLOUD_GT_API_ENDPOINT", "https://tags.global-search-tagging.cloud.ibm.com"),
    resourceManager: said("IBMCLOUD_RESOURCE_MANAGEMENT_API_ENDPOINT", "https://resource-controller.cloud.ibm.com"),
    vpc: (region) => vpc.replaceAll("{region}", region),
    cos: (location) => cos.replaceAll("{region}", location),
  };
}
