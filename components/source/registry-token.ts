/** Answers a registry's challenge: a bearer token from its token server, or a password. */
import type { Credentials } from "./credentials";
import { patientFetch, type Patience } from "./patient-fetch";

export interface ChallengeOptions {
  readonly repository: string;
  readonly credentials: Credentials | undefined;
  /** Plain http is allowed. */
  readonly insecure: boolean;
  readonly patience: Patience;
}

/**
 * @param challenge the header WWW-Authenticate
 * @returns the header Authorization
 * @throws if there is no answer; the message holds no secret
 */
export async function answerChallenge(challenge: string, options: ChallengeOptions): Promise<string> {
  const scheme = /^\s*(\w+)/.exec(challenge)?.[1]?.toLowerCase();
  switch (scheme) {
    case "bearer":
      return `Bearer ${await fetchToken(parameters(challenge), options)}`;
    case "basic":
      if (options.credentials === undefined) throw new Error('it wants a password; log in with "podman login"');
      return basic(options.credentials);
    default:
      throw new Error(`it asks for ${JSON.stringify(challenge)}, which is neither Bearer nor Basic`);
  }
}

/** https://distribution.github.io/distribution/spec/auth/token/ */
async function fetchToken(
  { realm = "", service, scope }: Readonly<Record<string, string>>,
  { repository, credentials, insecure, patience }: ChallengeOptions,
): Promise<string> {
  if (!URL.canParse(realm)) throw new Error(`its token server ${JSON.stringify(realm)} is not an address`);
  const url = new URL(realm);
  if (url.protocol !== "https:" && !(insecure && url.protocol === "http:")) {
    throw new Error(`its token server ${url.origin} is not https, and credentials are not sent in the clear`);
  }
  if (service !== undefined) url.searchParams.set("service", service);
  url.searchParams.set("scope", scope ?? `repository:${repository}:pull`);
  const response = await patientFetch(
    url,
    credentials === undefined ? {} : { headers: { authorization: basic(credentials) } },
    patience,
  );
  if (!response.ok) {
    const who = credentials === undefined ? "without credentials" : `as ${credentials.user}`;
    throw new Error(`its token server ${url.host} answered ${response.status} ${who}; log in with "podman login"`);
  }
  const body = (await response.json()) as { readonly token?: unknown; readonly access_token?: unknown };
  const token = body.token ?? body.access_token;
  if (typeof token !== "string") throw new Error(`its token server ${url.host} sent no token`);
  return token;
}

function parameters(challenge: string): Record<string, string> {
  return Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name.toLowerCase(), value]),
  );
}

function basic({ user, password }: Credentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
