/** How AWS is asked before anything starts: its clients, and what its refusals mean. */
import type { EC2Client } from "@aws-sdk/client-ec2";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { KMSClient } from "@aws-sdk/client-kms";
import type { ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import type { STSClient } from "@aws-sdk/client-sts";
import { endOf } from "../../provider/credentials-end";
import { quietSdk } from "../../provider/object-store";
import { renewing, usualCredentials } from "../../provider/renewed-credentials";

/** The clients of one region; IAM is the same everywhere. */
export interface Clients {
  readonly ec2: Pick<EC2Client, "send">;
  readonly iam: Pick<IAMClient, "send">;
  /** @default keys are not looked at */
  readonly kms?: Pick<KMSClient, "send">;
  readonly quotas: Pick<ServiceQuotasClient, "send">;
  readonly sts: Pick<STSClient, "send">;
  /** When our credentials end for good; undefined where they never do, or their source gives new ones. @default not known */
  readonly ends?: () => Promise<Date | undefined>;
}

export type OpenClients = (region: string) => Promise<Clients>;

/** Each request is tried so often, and may take so long to connect and to answer. */
const MAX_ATTEMPTS = 4;
const requestHandler = { connectionTimeout: 5_000, requestTimeout: 30_000 };

/** With the SDK's usual credentials, loaded when somebody asks: the SDK takes its time to load. */
export const openClients: OpenClients = async (region) => {
  quietSdk();
  const [{ EC2Client }, { IAMClient }, { KMSClient }, { ServiceQuotasClient }, { STSClient }] = await Promise.all([
    import("@aws-sdk/client-ec2"),
    import("@aws-sdk/client-iam"),
    import("@aws-sdk/client-kms"),
    import("@aws-sdk/client-service-quotas"),
    import("@aws-sdk/client-sts"),
  ]);
  const options = { region, credentials: await usualCredentials(), maxAttempts: MAX_ATTEMPTS, requestHandler };
  const ec2 = renewing(new EC2Client(options));
  return {
    ec2,
    ends: async () => {
      const end = endOf(await ec2.config.credentials());
      return end?.isRenewed === false ? end.at : undefined;
    },
    iam: renewing(new IAMClient(options)),
    kms: renewing(new KMSClient(options)),
    quotas: renewing(new ServiceQuotasClient(options)),
    sts: renewing(new STSClient(options)),
  };
};

export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

export function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** The service says that we may not; anything else it says, it says to somebody who may. */
export function isDenied(error: unknown): boolean {
  return /^(UnauthorizedOperation|AccessDenied|AccessDeniedException|Client\.UnauthorizedOperation)$/.test(
    errorName(error),
  );
}

/** The service says who we are not: no such key, an expired session, a wrong signature, no credentials at all. */
export function isUnknown(error: unknown): boolean {
  return /^(AuthFailure|InvalidClientTokenId|ExpiredToken|ExpiredTokenException|SignatureDoesNotMatch|UnrecognizedClientException|CredentialsProviderError|TokenProviderError|RequestExpired)$/.test(
    errorName(error),
  );
}

/** An answer came, so whoever was asked knows us and was reached. */
export function isAnswer(error: unknown): boolean {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } }).$metadata;
  return metadata?.httpStatusCode !== undefined && metadata.httpStatusCode < 500 && !isUnknown(error);
}
