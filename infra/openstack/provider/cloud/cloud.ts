/** A cloud that is logged in to: requests with its token, again where that does no harm. */
import { retryAfterMs } from "../../../../contract/retry-after";
import { z } from "zod";
import { messageOf } from "../../../../contract/message-of";
import { parsedJson } from "../../../../contract/parsed-json";
import { parse } from "../../../../contract/schemas/parse";
import { UserError } from "../../../../contract/user-error";
import { type Wait, realWait } from "../../../../provider/wait";
import { readAccess, type Access, type CloudChoice } from "./access";
import { endpointOf, type Service } from "./catalog";
import { cloudError, NoAnswer, wordsOf } from "./errors";
import type { Proof } from "./proof";
import { loginBody, readToken, refuseOtherProject, type Token } from "./token";
import { type Answer, overHttp, shown, type Streamed, type Transport } from "./transport";

export interface Asked {
  /** @default GET */
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON, of this type. */
  readonly json?: unknown;
  /** @default application/json */
  readonly type?: string;
  readonly stream?: Streamed;
  /** May be sent twice, whatever became of the first. @default GET and DELETE may */
  readonly again?: boolean;
  /** Statuses that are answers too. @default none but 2xx */
  readonly accept?: readonly number[];
  /** Beside the usual ones. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Cloud {
  readonly access: Access;
  /** With at least this much of its life left, ms. @default a minute */
  token(leastMs?: number): Promise<Token>;
  /** Address of a service, as the catalog has it. */
  endpoint(service: Service): Promise<string>;
  /** @param url whole, of the service that was asked for its address */
  ask(url: string, asked?: Asked): Promise<Answer>;
  /** The same, read. */
  read<T>(schema: z.ZodType<T>, url: string, asked?: Asked): Promise<T>;
  /** The same cloud, for who has an application credential of ours. */
  as(proof: Extract<Proof, { readonly method: "application_credential" }>): Cloud;
}

export interface CloudOptions {
  readonly send?: Transport;
  readonly wait?: Wait;
}

export type OpenCloud = (choice: CloudChoice) => Cloud;

const SILENCE_MS = 60_000;
/** After the last byte of a disk, Glance's store may have it to write before Glance answers. */
const UPLOAD_SILENCE_MS = 15 * 60_000;
const MINUTE_MS = 60_000;
const TRIES = 5;
const LONGEST_PAUSE_MS = 60_000;
/** Refused for now; of what was refused so, nothing was done. */
const LATER = [429, 503];
/** Whether anything was done is not known. */
const UNCLEAR = [500, 502, 504];

/** @throws UserError of everything that is wrong with its entry in clouds.yaml */
export function openCloud(choice: CloudChoice, options: CloudOptions = {}): Cloud {
  return cloudOf(readAccess(choice), options);
}

export function cloudOf(access: Access, { send = overHttp, wait = realWait }: CloudOptions = {}): Cloud {
  let identityUrl: Promise<string> | undefined;
  let current: Promise<Token> | undefined;

  /** Until it is answered by something else than "later", or the last try. */
  const exchange = async (url: string, asked: Asked, token: string | undefined): Promise<Answer> => {
    const { method = "GET", again = method === "GET" || method === "DELETE" } = asked;
    // One of its own for each: node warns of a signal that many requests at once listen to.
    const { signal = new AbortController().signal } = asked;
    const body = asked.stream ?? (asked.json === undefined ? undefined : JSON.stringify(asked.json));
    const sent = {
      ...{ method, url, tls: access.tls, signal },
      headers: headersOf(asked, token),
      silenceMs: asked.stream === undefined ? SILENCE_MS : UPLOAD_SILENCE_MS,
      ...(body === undefined ? {} : { body }),
    };
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt >= TRIES || asked.stream !== undefined;
      try {
        const answer = await send(sent);
        const retried = LATER.includes(answer.status) || (again && UNCLEAR.includes(answer.status));
        if (last || !retried) return answer;
        await wait.sleep(pauseOf(answer, attempt, wait.now()), signal);
      } catch (error) {
        if (last || !again || !(error instanceof NoAnswer)) throw error;
        await wait.sleep(1000 * 2 ** (attempt - 1), signal);
      }
    }
  };
  const refused = (url: string, { method = "GET" }: Asked, { status, headers, text }: Answer) => {
    const id = headers["x-openstack-request-id"] ?? headers["x-compute-request-id"];
    return cloudError({
      ...{ asked: `${method} ${shown(url)}`, cloud: access.cloud, from: access.from, status, text },
      requestId: typeof id === "string" ? id : undefined,
      pauseMs: saidPause(headers, wait.now()),
    });
  };

  const login = async (): Promise<Token> => {
    identityUrl ??= findIdentity((url) => exchange(url, {}, undefined), access.authUrl);
    identityUrl.catch(() => (identityUrl = undefined));
    const url = `${await identityUrl}/auth/tokens`;
    const asked: Asked = { method: "POST", json: JSON.parse(loginBody(access)), again: true };
    const answer = await exchange(url, asked, undefined);
    if (answer.status !== 201 && answer.status !== 200) throw refused(url, asked, answer);
    const subject = answer.headers["x-subject-token"];
    const found = readToken(typeof subject === "string" ? subject : undefined, answer.text);
    refuseOtherProject(found, access);
    return found;
  };
  const renew = (): Promise<Token> => {
    const begun = login();
    current = begun;
    begun.catch(() => {
      if (current === begun) current = undefined;
    });
    return begun;
  };
  const token = async (leastMs = MINUTE_MS): Promise<Token> => {
    const isNew = current === undefined;
    const known = await (current ?? renew());
    // One whose whole life is shorter is as good as there is.
    return isNew || known.endsAt - wait.now() >= leastMs ? known : renewed(known);
  };

  const ask = async (url: string, asked: Asked = {}): Promise<Answer> => {
    const { accept = [] } = asked;
    const used = await token(asked.stream === undefined ? MINUTE_MS : UPLOAD_TOKEN_MS);
    let answer = await exchange(url, asked, used.secret);
    // It may have ended, or been taken back, before its time. What was streamed is gone: whoever sends it looks, and sends it again.
    if (answer.status === 401 && asked.stream === undefined) {
      answer = await exchange(url, asked, (await renewed(used)).secret);
    } else if (answer.status === 401) {
      await renewed(used);
    }
    if ((answer.status >= 200 && answer.status < 300) || accept.includes(answer.status)) return answer;
    throw refused(url, asked, answer);
  };
  /** Once, whoever finds out first: the others find it under way. */
  const renewed = async (used: Token): Promise<Token> => {
    const before = current;
    const known = await (before ?? renew());
    if (known !== used) return known;
    return current === before || current === undefined ? renew() : current;
  };

  return {
    access,
    token,
    endpoint: async (service) => endpointOf(service, await token(), access),
    ask,
    read: async (schema, url, asked) => readAnswer(schema, url, (await ask(url, asked)).text),
    as: (proof) => cloudOf({ ...access, proof }, { send, wait }),
  };
}

/** @throws UserError where it is none of a service */
export function readAnswer<T>(schema: z.ZodType<T>, url: string, text: string): T {
  const json = parsedJson(text);
  if (json === undefined) throw new UserError(`${shown(url)} answered no JSON: ${wordsOf(text)}; ${NO_JSON}`);
  try {
    return parse(schema, json, `the answer to ${shown(url)}`);
  } catch (cause) {
    throw new UserError(messageOf(cause), { cause });
  }
}

const NO_JSON = "is it the address of the service, or of a page before it?";

/** A disk may take its time: it begins with a token that is young. */
const UPLOAD_TOKEN_MS = 20 * MINUTE_MS;

function headersOf({ json, stream, type, headers }: Asked, token: string | undefined): Record<string, string> {
  const content =
    stream !== undefined ? "application/octet-stream" : json !== undefined ? "application/json" : undefined;
  return {
    accept: "application/json",
    "user-agent": "copr-builders",
    ...(content === undefined ? {} : { "content-type": type ?? content }),
    ...(token === undefined ? {} : { "x-auth-token": token }),
    ...headers,
  };
}

/** Without a word of it, twice as long each time. */
function pauseOf({ headers }: Answer, attempt: number, now: number): number {
  return saidPause(headers, now) ?? Math.min(1000 * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
}

/** As far as we wait, ms. */
function saidPause({ "retry-after": said }: Answer["headers"], now: number): number | undefined {
  const wanted = retryAfterMs(said, now);
  return wanted === undefined ? undefined : Math.min(wanted, LONGEST_PAUSE_MS);
}

const versionsSchema = z.object({ versions: z.object({ values: z.array(z.object({ id: z.string() })) }) });

/** Version 3 of the address that the settings give, with or without it. */
async function findIdentity(get: (url: string) => Promise<Answer>, authUrl: string): Promise<string> {
  if (/\/v3$/.test(authUrl)) return authUrl;
  const base = authUrl.replace(/\/v2\.0$/, "");
  const { status, text } = await get(`${base}/`);
  const found = status === 200 || status === 300 ? versionsSchema.safeParse(parsedJson(text)) : undefined;
  const ids = found?.success === true ? found.data.versions.values.map(({ id }) => id) : [];
  if (found?.success === true && !ids.some((id) => id.startsWith("v3"))) {
    throw new UserError(`${base} serves identity ${ids.join(", ")}, and not version 3, which is needed`);
  }
  return `${base}/v3`;
}
