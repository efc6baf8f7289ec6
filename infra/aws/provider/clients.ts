/** AWS clients by region, as the SDK's own settings say: credentials, profiles, AWS_ENDPOINT_URL and its kin. */
import type { EBSClient } from "@aws-sdk/client-ebs";
import type { EC2Client } from "@aws-sdk/client-ec2";
import type { STSClient } from "@aws-sdk/client-sts";
import { quietSdk } from "../../../provider/object-store";
import { renewing, usualCredentials } from "../../../provider/renewed-credentials";

export interface AwsClients {
  ebs(region: string): Promise<EBSClient>;
  ec2(region: string): Promise<EC2Client>;
  sts(region: string): Promise<STSClient>;
}

/** Of one request: how often it is tried, and how long one try may take to connect and to answer. */
const MAX_ATTEMPTS = 5;
const CONNECT_MS = 5_000;
const ANSWER_MS = 30_000;

const settings = async (region: string) => ({
  region,
  credentials: await usualCredentials(),
  maxAttempts: MAX_ATTEMPTS,
  requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
});

/** Nothing is loaded before it is used: the SDK takes its time, and most runs of the provider never need it. */
export function awsClients(): AwsClients {
  quietSdk();
  return {
    ebs: byRegion(async (region) => {
      const { EBSClient } = await import("@aws-sdk/client-ebs");
      return renewing(new EBSClient(await settings(region)));
    }),
    ec2: byRegion(async (region) => {
      const { EC2Client } = await import("@aws-sdk/client-ec2");
      return renewing(new EC2Client(await settings(region)));
    }),
    sts: byRegion(async (region) => {
      const { STSClient } = await import("@aws-sdk/client-sts");
      return renewing(new STSClient(await settings(region)));
    }),
  };
}

function byRegion<T>(make: (region: string) => Promise<T>): (region: string) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return (region) => {
    const client = made.get(region) ?? make(region);
    made.set(region, client);
    return client;
  };
}

/** Where the SDK would send requests of one service, if the environment says so. */
export function endpointOf(service: "EBS" | "EC2" | "STS", environment: NodeJS.ProcessEnv): string | undefined {
  const url = environment[`AWS_ENDPOINT_URL_${service}`] ?? environment.AWS_ENDPOINT_URL;
  return url === "" ? undefined : url;
}

/** Names of errors that say "you may not". */
const DENIED = new Set(["UnauthorizedOperation", "AccessDenied", "AccessDeniedException"]);

/** What was tried, what AWS said, and the permission if that is what is missing. */
export function awsError(doing: string, action: string, region: string, cause: unknown): Error {
  const name = nameOf(cause);
  const message = cause instanceof Error && cause.message !== "" ? cause.message : String(cause);
  const advice = DENIED.has(name) ? `; ${adviceOn(message, action)}` : "";
  return new Error(`can't ${doing} in ${region}: ${name}: ${message}${advice}`, { cause });
}

/** Denials of policies that stand above those of the credentials, in AWS's words. */
const RULE = /explicit deny|(service control|resource control|session|VPC endpoint) polic|permissions? boundar/i;

function adviceOn(message: string, action: string): string {
  return RULE.test(message)
    ? "a rule denies it, which no permission of the credentials changes: npm run preflight says whose it is"
    : `the credentials need the action ${action}`;
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "Error";
}
