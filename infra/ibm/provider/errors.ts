/** What IBM Cloud says when it refuses: its own code and words, and the id of the request that its support asks for. */
import * as z from "zod";

/** VPC and most of IAM's REST services; `code` of VPC, `message_code` of others. */
const listed = z.looseObject({
  errors: z
    .array(
      z.looseObject({
        code: z.union([z.string(), z.number()]).optional(),
        message_code: z.string().optional(),
        message: z.string().optional(),
        target: z.looseObject({ name: z.string() }).optional(),
      }),
    )
    .min(1),
  trace: z.string().optional(),
});
/** IAM's token service. */
const single = z.looseObject({
  errorCode: z.string(),
  errorMessage: z.string().optional(),
  context: z.looseObject({ requestId: z.string().optional() }).optional(),
});

/** The resource controller's. */
const controller = z.looseObject({
  error_code: z.string(),
  message: z.string(),
  transaction_id: z.string().optional(),
});

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly requestId?: string;
}

const MOST_CHARACTERS = 300;

/** @param text body of an answer that is an error: JSON of one of these shapes, or whatever a gateway on the way wrote */
export function readRefusal(text: string, requestId: string | undefined): Refusal {
  const body = parseJson(text);
  const own = requestId === undefined ? {} : { requestId };
  const many = listed.safeParse(body).data;
  if (many !== undefined) {
    const [{ code, message_code: messageCode, message = "no message", target } = {}] = many.errors;
    const about = target === undefined ? "" : ` (${target.name})`;
    const id = many.trace === undefined ? own : { requestId: many.trace };
    return { code: messageCode ?? String(code ?? "no code"), message: `${message}${about}`, ...id };
  }
  const one = single.safeParse(body).data;
  if (one !== undefined) {
    const id = one.context?.requestId === undefined ? own : { requestId: one.context.requestId };
    return { code: one.errorCode, message: one.errorMessage ?? "no message", ...id };
  }
  const third = controller.safeParse(body).data;
  if (third !== undefined) {
    const { error_code: code, message, transaction_id: id } = third;
    return { code, message, ...(id === undefined ? own : { requestId: id }) };
  }
  return { code: "no code", message: text.trim().slice(0, MOST_CHARACTERS) || "an empty answer", ...own };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A request that was refused, or whose answer never came. */
export class IbmError extends Error {
  override readonly name = "IbmError";

  constructor(
    doing: string,
    /** HTTP status; undefined where there was no answer. */
    readonly status: number | undefined,
    readonly refusal: Refusal,
    /** What the answer asks to wait, milliseconds. */
    readonly retryAfterMs?: number,
    options?: ErrorOptions,
  ) {
    const { code, message, requestId } = refusal;
    const id = requestId === undefined ? "" : ` (request ${requestId})`;
    const said = status === undefined ? message : `${status} ${code}: ${message}`;
    super(`can't ${doing}: ${said}${id}${advice(status, code)}`, options);
  }
}

function advice(status: number | undefined, code: string): string {
  if (isQuota(status, code))
    return "; a quota is met: delete what is not needed, or ask IBM's support for more than the account has";
  if (status === 401) return "; check the API key";
  if (status === 403) return '; "npm run preflight -- --policy" prints the roles that the API key needs';
  return "";
}

/** VPC documents no one code: `over_quota`, `quota_exceeded`, `limit_exceeded` of a kind. Too many requests are another thing. */
function isQuota(status: number | undefined, code: string): boolean {
  return status !== undefined && status >= 400 && status < 500 && status !== 429 && /quota|limit/i.test(code);
}

/** True if the request may have been carried out all the same, or may be another time: asking again can help. */
export function mayPass(error: unknown): error is IbmError {
  if (!(error instanceof IbmError)) return false;
  const { status } = error;
  return status === undefined || status === 429 || (status >= 500 && status !== 501);
}

export function isGone(error: unknown): boolean {
  return error instanceof IbmError && error.status === 404;
}

/** The name is somebody's already. VPC documents no one code for it. */
export function isTaken(error: unknown): boolean {
  if (!(error instanceof IbmError) || (error.status !== 400 && error.status !== 409)) return false;
  return /unique|already|duplicate/i.test(`${error.refusal.code} ${error.refusal.message}`);
}
