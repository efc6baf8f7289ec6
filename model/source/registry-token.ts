/** Answers a registry's challenges: a bearer token from its token server, or a password. */
import type { Credentials } from "./credential";
import type { HttpResponse, Reach } from "./http";
import { patientFetch, type Patience } from "./patient-fetch";

export interface ChallengeOptions {
  readonly repository: string;
  readonly credentials: Credentials | undefined;
  /** Plain http is allowed. */
  readonly insecure: boolean;
  readonly patience: Patience;
  readonly reach?: Reach;
}

/** One way in: `Bearer realm="...",service="..."`. */
interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * @param challenges the headers WWW-Authenticate; each may hold several ways in
 * @returns the header Authorization
 * @throws if there is no answer; the message holds no secret
 */
export async function answerChallenge(challenges: readonly string[], options: ChallengeOptions): Promise<string> {
  const ways = challenges.flatMap(parseChallenges).filter(({ scheme }) => scheme === "bearer" || scheme === "basic");
  const failures: Error[] = [];
  // In the order of the registry, as podman takes them; one that leads nowhere hides none behind it.
  for (const way of ways) {
    try {
      return await answer(way, options);
    } catch (error) {
      failures.push(error as Error);
    }
  }
  const [first] = failures.sort((a, b) => Number(a instanceof NoPassword) - Number(b instanceof NoPassword));
  throw first ?? new Error(`it asks for ${JSON.stringify(challenges.join(", "))}, which is neither Bearer nor Basic`);
}

/** What it asks for is not known here: any other failure says more. */
class NoPassword extends Error {
  override readonly name = "NoPassword";
}

async function answer({ scheme, parameters }: Challenge, options: ChallengeOptions): Promise<string> {
  if (scheme === "bearer") return `Bearer ${await fetchToken(parameters, options)}`;
  const { credentials } = options;
  if (credentials === undefined) throw new NoPassword('it wants a password; log in with "podman login"');
  if (credentials.kind === "identity")
    throw new NoPassword('it wants a password, and there is an identity token only; log in again with "podman login"');
  return basic(credentials);
}

/** https://distribution.github.io/distribution/spec/auth/token/ and .../oauth/ */
async function fetchToken(
  parameters: Readonly<Record<string, string>>,
  { repository, credentials, insecure, patience, reach }: ChallengeOptions,
): Promise<string> {
  const { realm = "", service, scope = `repository:${repository}:pull` } = parameters;
  if (!URL.canParse(realm)) throw new Error(`its token server ${JSON.stringify(realm)} is not an address`);
  const url = new URL(realm);
  if (url.protocol !== "https:" && !(insecure && url.protocol === "http:")) {
    throw new Error(`its token server ${url.origin} is not https, and credentials are not sent in the clear`);
  }
  const asked = { ...(service === undefined ? {} : { service }), scope };
  let response: HttpResponse;
  if (credentials?.kind === "identity") {
    const form = {
      grant_type: "refresh_token",
      refresh_token: credentials.token,
      client_id: "copr-builders",
      ...asked,
    };
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const init = { method: "POST", headers, body: new URLSearchParams(form).toString() } as const;
    response = await patientFetch(url, init, patience, reach);
  } else {
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    const headers = credentials === undefined ? {} : { authorization: basic(credentials) };
    response = await patientFetch(url, { headers }, patience, reach);
  }
  if (!response.ok) {
    throw new Error(
      `its token server ${url.host} answered ${response.status} ${who(credentials)}; log in with "podman login"`,
    );
  }
  const token = tokenOf(response.body);
  if (token === undefined) throw new Error(`its token server ${url.host} sent no token`);
  return token;
}

function who(credentials: Credentials | undefined): string {
  switch (credentials?.kind) {
    case undefined:
      return "without credentials";
    case "password":
      return `as ${credentials.user}`;
    case "identity":
      return "to an identity token";
  }
}

function tokenOf(body: Buffer): string | undefined {
  try {
    const answer = JSON.parse(body.toString("utf8")) as {
      readonly token?: unknown;
      readonly access_token?: unknown;
    } | null;
    const token = [answer?.token, answer?.access_token].find((one) => typeof one === "string" && one !== "");
    return typeof token === "string" ? token : undefined;
  } catch {
    // The parser's message quotes the text, which may hold a token.
    return undefined;
  }
}

/** RFC 9110, 11.6.1: schemes and their parameters in one list, both parted by commas. */
function parseChallenges(header: string): Challenge[] {
  const found: { scheme: string; parameters: Record<string, string> }[] = [];
  const part = /\s*,?\s*(?:([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))|([\w!#$%&'*+.^`|~-]+))/y;
  for (let match = part.exec(header); match !== null; match = part.exec(header)) {
    const [, name, quoted, plain, scheme] = match;
    if (scheme !== undefined) found.push({ scheme: scheme.toLowerCase(), parameters: {} });
    const last = found.at(-1);
    if (name === undefined || last === undefined) continue;
    last.parameters[name.toLowerCase()] = quoted === undefined ? (plain ?? "") : quoted.replace(/\\(.)/g, "$1");
  }
  return found;
}

function basic({ user, password }: { readonly user: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
