/** The provider's configuration (`aws:*`, or the arguments of `new aws.Provider`), decoded once. */
import { z } from "zod";
import { failuresOf, read } from "../../provider-kit/inputs";
import type { Checked } from "../../provider-kit/server";
import { decode, type WireProperties } from "../../provider-kit/wire";
import { unserved } from "./unserved";

/** The SDK sends all but texts as JSON. */
const json = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value, context) => {
    if (typeof value !== "string") return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      context.addIssue({ code: "custom", message: `is no JSON: ${value}` });
      return z.NEVER;
    }
  }, schema);
const flag = json(z.boolean()).optional();

const schema = z.strictObject({
  region: z.string().min(1).optional(),
  accessKey: z.string().optional(),
  secretKey: z.string().optional(),
  token: z.string().optional(),
  profile: z.string().optional(),
  sharedConfigFiles: json(z.array(z.string()).max(1)).optional(),
  sharedCredentialsFiles: json(z.array(z.string()).max(1)).optional(),
  /** By service; those of services that are not used here are no concern of this plugin. */
  endpoints: json(z.array(z.record(z.string(), z.string()))).optional(),
  defaultTags: json(z.strictObject({ tags: z.record(z.string(), z.string()).optional() })).optional(),
  /** Attempts of one request. The official default, 25, waits for many minutes. @default 10 */
  maxRetries: json(z.number().int().min(1)).optional(),
  retryMode: z.enum(["standard", "adaptive"]).optional(),
  stsRegion: z.string().optional(),
  // Nothing of these is checked or asked for here, whatever they say.
  skipCredentialsValidation: flag,
  skipMetadataApiCheck: flag,
  skipRegionValidation: flag,
  s3UsePathStyle: flag,
  /** The account is then missing in ARNs. */
  skipRequestingAccountId: flag,
  // Of the engine's own.
  version: z.string().optional(),
  pluginDownloadURL: z.string().optional(),
});

export type ProviderConfig = z.infer<typeof schema>;

export function checkConfig(news: WireProperties): Checked {
  const failures = failuresOf(schema, news, unserved);
  const { values, unknown } = decode(news);
  const half = (values["accessKey"] === undefined) !== (values["secretKey"] === undefined);
  if (half && !unknown.has("accessKey") && !unknown.has("secretKey")) {
    failures.push({ property: "secretKey", reason: "accessKey and secretKey belong together: give both or neither" });
  }
  return { inputs: news, failures };
}

export function readConfig(wire: WireProperties): ProviderConfig {
  return read(schema, wire);
}

/** Where requests to a service go; undefined: where the SDK's own settings say (AWS_ENDPOINT_URL and its like), or AWS. */
export function endpointOf(config: ProviderConfig, service: "ec2" | "sts"): string | undefined {
  return config.endpoints?.map((endpoints) => endpoints[service]).find((url) => url !== undefined && url !== "");
}

/** The provider's region. Throws if there is none. */
export function regionOf(config: ProviderConfig, environment: NodeJS.ProcessEnv): string {
  const region = config.region ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"];
  if (region !== undefined && region !== "") return region;
  throw new Error("no AWS region: set it by `pulumi config set aws:region`, AWS_REGION, or the provider's arguments");
}
