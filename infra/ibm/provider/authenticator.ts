/** Who we are: an API key from the environment or a file, or what else IBM's own SDKs find there. */
import type { Authenticator } from "ibm-cloud-sdk-core";
import { UserError } from "../../../contract/user-error";
import { IbmError, readRefusal } from "./errors";

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of IBM's command line tool and Terraform provider, the latter's order. */
const API_KEYS = ["IC_API_KEY", "IBMCLOUD_API_KEY"];
const TOKEN_MS = 30_000;

/**
 * A token for one request, from IAM or from memory.
 * @param refused one that a service did not take: it is not given again
 */
export type Token = (refused?: string) => Promise<string>;

/** Nothing is loaded before the first is asked for. */
export function tokens(env: Environment, iam: string): Token {
  let made: Promise<Authenticator> | undefined;
  let last: string | undefined;
  return async (refused) => {
    // Several requests may have been refused with the same one: a new one is asked for once.
    if (refused !== undefined && refused === last) made = undefined;
    const authenticator = await (made ??= authenticatorOf(env, iam));
    const request: { headers: Record<string, string> } = { headers: {} };
    try {
      await within(authenticator.authenticate(request), iam);
    } catch (error) {
      throw error instanceof IbmError ? error : tokenError(error);
    }
    const { Authorization: header = "" } = request.headers;
    if (!header.startsWith("Bearer "))
      throw new UserError("the credentials of IBM Cloud give no token: use an API key");
    last = header.slice("Bearer ".length);
    return last;
  };
}

async function authenticatorOf(env: Environment, url: string): Promise<Authenticator> {
  const { IamAuthenticator, getAuthenticatorFromEnvironment } = await import("ibm-cloud-sdk-core");
  const apikey = API_KEYS.map((name) => env[name]).find((key) => key !== undefined && key !== "");
  if (apikey !== undefined) return new IamAuthenticator({ apikey, url });
  try {
    // IBM_CREDENTIALS_FILE, VPC_APIKEY, VPC_AUTH_TYPE and its like: trusted profiles of machines too.
    return getAuthenticatorFromEnvironment("vpc");
  } catch (cause) {
    throw new UserError(
      "there are no credentials for IBM Cloud: set IBMCLOUD_API_KEY, or IBM_CREDENTIALS_FILE to a file with VPC_APIKEY=...",
      { cause },
    );
  }
}

/** The library knows no bound. */
async function within(work: Promise<unknown>, iam: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `${iam} did not answer within ${TOKEN_MS / 1000} seconds`;
      reject(new IbmError("get a token", undefined, { code: "no answer", message }));
    }, TOKEN_MS);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The library calls every refusal "invalid credentials": IAM's own words are in its body. */
function tokenError(error: unknown): IbmError {
  const { status, body, message = "no message" } = error as { status?: number; body?: unknown; message?: string };
  if (status === undefined)
    return new IbmError("get a token", undefined, { code: "no answer", message }, undefined, { cause: error });
  const text = typeof body === "string" ? body : JSON.stringify(body ?? "");
  // Without the cause: it holds the request, and that the API key.
  return new IbmError("get a token", status, readRefusal(text, undefined));
}
