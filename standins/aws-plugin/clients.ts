/** Clients of EC2 and STS, one a region, with bounded retries and errors that name the call and Amazon's code. */
import { EC2Client } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import { endpointOf, regionOf, type ProviderConfig } from "./config";
import { explain } from "./errors";
import { emulatorsOnly } from "./refuse";

/** With the SDK's pauses of up to 20 s between attempts: about two minutes of throttling. */
const MAX_ATTEMPTS = 10;
const TIMEOUTS = { connectionTimeout: 10_000, requestTimeout: 120_000 };

export interface Clients {
  /** The provider's region. */
  readonly region: string;
  ec2(region: string): EC2Client;
  sts(): STSClient;
  /** The twelve digits of the caller's account; empty if the configuration says not to ask. */
  account(): Promise<string>;
}

/** Throws if there is no region. The environment is read by the SDK, for credentials and AWS_ENDPOINT_URL. */
export function makeClients(config: ProviderConfig, environment: NodeJS.ProcessEnv): Clients {
  // To users of this plugin it is noise: they do not choose the SDK's version.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const region = regionOf(config, environment);
  const common = {
    credentials: credentialsOf(config),
    maxAttempts: config.maxRetries ?? MAX_ATTEMPTS,
    retryMode: config.retryMode ?? "standard",
    requestHandler: TIMEOUTS,
  };
  const at = (service: "ec2" | "sts") => {
    const endpoint = endpointOf(config, service);
    return endpoint === undefined ? {} : { endpoint };
  };
  const prepared = <C extends EC2Client | STSClient>(client: C): C => emulatorsOnly(explain(client), environment);
  const regions = new Map<string, EC2Client>();
  let sts: STSClient | undefined;
  let account: Promise<string> | undefined;
  const clients: Clients = {
    region,
    ec2: (name) => {
      const client = regions.get(name) ?? prepared(new EC2Client({ ...common, ...at("ec2"), region: name }));
      regions.set(name, client);
      return client;
    },
    sts: () => (sts ??= prepared(new STSClient({ ...common, ...at("sts"), region: config.stsRegion ?? region }))),
    account: () => (account ??= config.skipRequestingAccountId === true ? Promise.resolve("") : askAccount(clients)),
  };
  return clients;
}

async function askAccount(clients: Clients): Promise<string> {
  const { Account } = await clients.sts().send(new GetCallerIdentityCommand({}));
  return Account ?? "";
}

function credentialsOf(config: ProviderConfig) {
  const { accessKey, secretKey, token, profile, sharedConfigFiles, sharedCredentialsFiles } = config;
  if (accessKey !== undefined && secretKey !== undefined) {
    return { accessKeyId: accessKey, secretAccessKey: secretKey, ...(token && { sessionToken: token }) };
  }
  const [configFile] = sharedConfigFiles ?? [];
  const [credentialsFile] = sharedCredentialsFiles ?? [];
  return fromNodeProviderChain({
    ...(profile && { profile }),
    ...(configFile && { configFilepath: configFile }),
    ...(credentialsFile && { filepath: credentialsFile }),
  });
}
