/** What a cloud refuses, in its own words, with what to do. */
import { UserError } from "../../../../contract/user-error";
import { isRecord } from "../../../../contract/is-record";
import { faultRemedy, QUOTA } from "./faults";

/** An answer that is not what was asked for. */
export class CloudError extends UserError {
  override readonly name = "CloudError";

  constructor(
    readonly status: number,
    /** The cloud's own. */
    readonly words: string,
    readonly requestId: string | undefined,
    message: string,
    /** So long it wants to be left alone, ms, where it says so. */
    readonly pauseMs?: number,
  ) {
    super(message);
  }
}

/** No answer came, or not all of it: whether anything was done is not known. */
export class NoAnswer extends UserError {
  override readonly name = "NoAnswer";
}

export interface Refused {
  /** `POST https://image.example.org/v2/images` */
  readonly asked: string;
  readonly cloud: string;
  readonly from: string;
  readonly status: number;
  readonly text: string;
  readonly requestId: string | undefined;
  /** So long it wants to be left alone, ms. @default it does not say */
  readonly pauseMs?: number | undefined;
}

export function cloudError({ asked, cloud, from, status, text, requestId, pauseMs }: Refused): CloudError {
  const words = wordsOf(text);
  const lines = [
    `cloud "${cloud}" answered ${status} to ${asked}${words === "" ? "" : `: ${words}`}`,
    remedyOf(status, words, from),
    ...(requestId === undefined ? [] : [`request ${requestId}`]),
  ];
  return new CloudError(status, words, requestId, lines.join("\n"), pauseMs);
}

const MOST_WORDS = 600;

/**
 * Keystone `{error: {message}}`, Glance `{message}`, Neutron `{NeutronError: {message, detail}}`, Nova `{KIND: {message}}`; before
 * all of them a proxy may answer with a page.
 */
export function wordsOf(text: string): string {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return plain(text);
  }
  return plain(messageOf(read) ?? text);
}

function messageOf(read: unknown): string | undefined {
  if (!isRecord(read)) return undefined;
  if (typeof read.message === "string") return read.message;
  for (const inner of Object.values(read)) {
    if (!isRecord(inner) || typeof inner.message !== "string") continue;
    const { type, message, detail } = inner;
    const kind = typeof type === "string" ? `${type}: ` : "";
    return `${kind}${message}${typeof detail === "string" && detail !== "" ? ` (${detail})` : ""}`;
  }
  return undefined;
}

function plain(text: string): string {
  const without = text
    .replaceAll(/<(style|script|head|title)[\s\S]*?<\/\1>/gi, " ")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/&quot;|&#34;/g, '"')
    .replaceAll(/&#39;|&#x27;/g, "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replaceAll(/\s+/g, " ")
    .trim();
  return without.length > MOST_WORDS ? `${without.slice(0, MOST_WORDS)}...` : without;
}

function remedyOf(status: number, words: string, from: string): string {
  const known = faultRemedy(words);
  if (known !== undefined) return known;
  switch (status) {
    case 401:
      return `the cloud does not know us: check the credentials in ${from}; an application credential may have ended, or its access rules may not name this call`;
    case 403:
      return `the user of ${from} may not do this: ask for the role that it needs in this project (usually "member")`;
    case 404:
      return "it is not there, or not to be seen from this project";
    case 409:
      return "something else has or uses it: see what, and run this again";
    case 413:
      return QUOTA;
    case 429:
      return "the cloud takes no more requests for now: run this again later";
    default:
      return status >= 500
        ? "that is a fault of the cloud: run this again; if it stays, tell its operator the number of the request"
        : "see docs/openstack.md for what is needed";
  }
}
