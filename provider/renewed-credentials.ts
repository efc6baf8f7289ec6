/** A run outlives the session of AWS that it began with: once one is refused as ended, its source is asked for another. */

/** What the SDK's clients have in common, as far as this goes. */
interface AwsClient {
  readonly config: {
    readonly credentials: (options?: { readonly forceRefresh?: boolean }) => Promise<{ readonly expiration?: Date }>;
  };
  readonly middlewareStack: {
    add(
      middleware: <A, R>(next: (args: A) => Promise<R>) => (args: A) => Promise<R>,
      options: { readonly step: "initialize"; readonly name: string; readonly priority: "high" },
    ): void;
  };
}

/**
 * The service says that the session has ended. Sources: S3 API reference, "Error responses"; STS and KMS API references, "Common errors";
 * EC2 API reference, "Error codes", where RequestExpired stands for that as well as for a clock that is wrong.
 */
const ENDED = new Set(["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"]);

/** The SDK's own chain, but for a file of credentials: what another tool has written into it since is seen. */
export async function usualCredentials() {
  const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
  return fromNodeProviderChain({ ignoreCache: true });
}

/**
 * Lets a client ask again with new credentials where the service says that those it has are ended. The SDK keeps them until this
 * machine's clock says so, and for good where the source tells no end; what it tries again by itself, it signs with the same.
 */
export function renewing<T extends AwsClient>(client: T): T {
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (!(error instanceof Error) || !ENDED.has(error.name)) throw error;
        await client.config.credentials({ forceRefresh: true });
        return next(args);
      }
    },
    { step: "initialize", name: "renewEndedCredentials", priority: "high" },
  );
  return client;
}

/** A source that gives the same again is not asked for every address. */
const ASK_AGAIN_MS = 60_000;

/** An address ends with the session that signs it, whatever it says itself: what would end too soon is renewed, where that can be. */
export function longestSession(): (client: AwsClient, seconds: number) => Promise<void> {
  let askedAt = -Infinity;
  return async (client, seconds) => {
    const { expiration } = await client.config.credentials();
    const now = Date.now();
    if (expiration === undefined || expiration.getTime() - now >= seconds * 1000 || now - askedAt < ASK_AGAIN_MS)
      return;
    askedAt = now;
    // What there is signs too; that it has ended is said by who is refused.
    await client.config.credentials({ forceRefresh: true }).catch(() => undefined);
  };
}
