/** Cloud Object Storage: HMAC keys, from the file that IBM's own SDKs read, and the S3 protocol. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { uploadNameOf } from "../../../contract/bodies";
import { parsedJson } from "../../../contract/parsed-json";
import { UserError } from "../../../contract/user-error";
import type { Bucket } from "../../../provider/object-store-parts";
import { endpointsOf } from "./endpoints";

export { USUAL_PART } from "../../../provider/object-store-uploads";

type Environment = Readonly<Record<string, string | undefined>>;

/** The bucket that images are imported from. */
export interface CosBucket {
  /** Where the bucket is, `jp-tok`. */
  readonly location: string;
  readonly bucket: string;
}

const keys = z.object({
  cos_hmac_keys: z.object({ access_key_id: z.string().min(1), secret_access_key: z.string().min(1) }),
  /** CRN of the instance of Cloud Object Storage. */
  resource_instance_id: z.string().optional(),
});
/** The credentials alone, as the console shows them, or as `ibmcloud resource service-key NAME --output json` wraps them. */
const file = z.union([
  keys,
  z.object({ credentials: keys }).transform(({ credentials }) => credentials),
  z.tuple([z.object({ credentials: keys })]).transform(([{ credentials }]) => credentials),
]);

const MAKE =
  "make a service credential of Cloud Object Storage with HMAC keys, and keep its JSON in ~/.bluemix/cos_credentials " +
  "or where COS_CREDENTIALS_FILE says";

/** @throws UserError where there are no keys */
export function cosBucket({ location, bucket }: CosBucket, env: Environment): Bucket {
  const { cos_hmac_keys: hmac } = readKeys(env);
  return {
    name: bucket,
    region: location,
    endpoint: endpointsOf(env).cos(location),
    keys: { accessKeyId: hmac.access_key_id, secretAccessKey: hmac.secret_access_key },
  };
}

/** An instance of Cloud Object Storage: buckets are in one. */
export interface CosInstance {
  readonly account: string;
  /** GUID. */
  readonly instance: string;
}

/** The one that the keys are of; undefined where their file does not say. @throws UserError where there are no keys */
export function cosInstance(env: Environment): CosInstance | undefined {
  const { resource_instance_id: crn = "" } = readKeys(env);
  const [, account, instance] = /^crn:v1:[^:]*:[^:]*:cloud-object-storage:[^:]*:a\/([^:]+):([^:]+):/.exec(crn) ?? [];
  return account === undefined || instance === undefined ? undefined : { account, instance };
}

function readKeys(env: Environment): z.output<typeof keys> {
  const said = env["COS_CREDENTIALS_FILE"];
  const path = said === undefined || said === "" ? join(homedir(), ".bluemix", "cos_credentials") : said;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new UserError(`${path} can't be read: ${MAKE}`, { cause });
  }
  // Without what was wrong: a parser quotes the text that it could not read, and here that is a secret.
  const read = file.safeParse(parsedJson(text));
  if (!read.success) throw new UserError(`${path} has no cos_hmac_keys: ${MAKE}`);
  return read.data;
}

/** As VPC's API names an object. */
export function cosHref({ location, bucket }: CosBucket, object: string): string {
  return `cos://${location}/${bucket}/${object}`;
}

/** Where forms of disks are, as an artifact notes it. */
export function cosPlace({ location, bucket }: CosBucket): string {
  return `cos://${location}/${bucket}`;
}

/** The same read back; undefined where it is no bucket. */
export function readCosPlace(text: string): CosBucket | undefined {
  const [, location, bucket] = /^cos:\/\/([^/]+)\/([^/]+)$/.exec(text) ?? [];
  return location === undefined || bucket === undefined ? undefined : { location, bucket };
}

/** What a worker puts into the bucket. */
export function uploadName(of: CosBucket): string {
  return uploadNameOf("cos", cosPlace(of));
}

/** Folder of the disks of one stack. */
export function diskFolder(identity: string): string {
  return `disks/${identity}/`;
}

/** Name of a disk in the bucket: VPC goes by the ending. */
export function diskObject(identity: string, key: string): string {
  return `${diskFolder(identity)}${key}.qcow2`;
}

/** Build key of the disk that is called so; undefined for any other name. */
export function diskBuild(object: string): string | undefined {
  return /^disks\/[a-z2-7]{12}\/([0-9a-f]{64})\.qcow2$/.exec(object)?.[1];
}
