/**
 * What AWS's words say of a denial: which kind of policy it comes from, and whether that policy forbids or only fails to allow.
 * Source: IAM user guide, "Troubleshoot access denied error messages".
 */
import { messageOf } from "../../contract/message-of";
import { errorName, type Clients } from "./ask";

/** Whose policy denies. `permissions`: the caller's own lack it, the only case that adding a statement there helps. */
export type Forbidder =
  "permissions" | "own" | "organization" | "boundary" | "session" | "resource" | "trust" | "endpoint" | "unknown";

export interface Denial {
  readonly action: string;
  /** ARN, as the refusal or the simulation names it. */
  readonly resource?: string;
  readonly by: Forbidder;
  /** As AWS writes it: "an explicit deny in a service control policy". */
  readonly words?: string;
  /** What AWS said, whole, without what is encoded. */
  readonly said?: string;
  /** Condition keys that the denial depends on, where AWS tells: `aws:RequestTag/CostCenter`. */
  readonly keys: readonly string[];
  /** Name of the statement that denies, where AWS tells. */
  readonly statement?: string;
}

/** Kinds of policies in AWS's words; the first that fits counts. */
const KINDS: readonly (readonly [RegExp, Forbidder])[] = [
  [/(service|resource) control polic|declarative polic/i, "organization"],
  [/permissions? boundar/i, "boundary"],
  [/session polic/i, "session"],
  [/VPC endpoint polic/i, "endpoint"],
  [/trust polic/i, "trust"],
  [/resource-based polic/i, "resource"],
  [/identity-based polic/i, "own"],
];

const EXPLICIT = /with an (explicit deny(?: in (?:an? |the )?([\w -]+?))?)(?=[.:,;]|$|\s+Encoded)/i;
const IMPLICIT = /because (no ([\w -]+?) allows\b[^.]*?)(?=[.;]|$)/i;
const DECLARED = /\bdisabled by (a declarative policy)\b/i;
/** What a tag policy says, under a name of its own: EC2 API reference, "Error codes for the Amazon EC2 API". */
const TAG_POLICY = "TagPolicyViolation";
const ENCODED = /Encoded authorization failure message: ?(\S+)/i;

/** @param action that was asked for; the refusal may name another: to make something with tags needs CreateTags too */
export async function denialOf(error: unknown, action: string, sts: Clients["sts"]): Promise<Denial> {
  const message = messageOf(error);
  if (errorName(error) === TAG_POLICY) return tagPolicyDenial(message, action);
  const read = readRefusal(message, action);
  const [, encoded] = ENCODED.exec(message) ?? [];
  const decoded = encoded === undefined ? undefined : await decode(encoded, sts);
  return decoded === undefined ? read : refined(read, decoded);
}

/** A rule of the organization, though the answer is not called a denial. */
export function isRule(error: unknown): boolean {
  return errorName(error) === TAG_POLICY || DECLARED.test(messageOf(error));
}

/** `The tag policy does not allow the specified value for the following tag key: 'CostCenter'.` */
function tagPolicyDenial(message: string, action: string): Denial {
  const keys = [...message.matchAll(/'([^']+)'/g)].map(([, key]) => `aws:RequestTag/${key}`);
  return { action, by: "organization", words: "a tag policy", said: message, keys };
}

export function readRefusal(message: string, action: string): Denial {
  const text = message.replace(ENCODED, "").trim();
  const [, named] = /not authorized to perform: ?([a-z0-9-]+:[A-Za-z]+)/.exec(text) ?? [];
  const [, resource] = /\bon resource: ?(\S+)/.exec(text) ?? [];
  const explicit = EXPLICIT.exec(text);
  const implicit = IMPLICIT.exec(text);
  const declared = DECLARED.exec(text);
  const words = explicit?.[1] ?? implicit?.[1];
  const by = explicit
    ? forbidder(explicit[2] ?? "", "own")
    : implicit
      ? forbidder(implicit[2] ?? "", "permissions")
      : "permissions";
  if (declared !== null) {
    return { action, by: "organization", words: (declared[1] ?? "").toLowerCase(), said: text, keys: [] };
  }
  return {
    action: named ?? action,
    ...(resource === undefined ? {} : { resource: resource.replace(/[.,;]$/, "") }),
    // What a role says of who may become it is its trust policy.
    by: by === "resource" && (named ?? action).startsWith("sts:AssumeRole") ? "trust" : by,
    ...(text === "" ? {} : { said: text }),
    ...(words === undefined ? {} : { words: /^no /.test(words) ? words : `an ${words}` }),
    keys: [],
  };
}

/** @param ofCaller what a policy of the caller's own means */
function forbidder(kind: string, ofCaller: "own" | "permissions"): Forbidder {
  const found = KINDS.find(([words]) => words.test(kind))?.[1];
  if (found === undefined) return ofCaller === "own" ? "unknown" : "permissions";
  return found === "own" ? ofCaller : found;
}

interface Decoded {
  readonly explicitDeny?: boolean;
  readonly action?: string;
  readonly resource?: string;
  readonly keys: readonly string[];
  readonly statement?: string;
}

function refined(denial: Denial, { explicitDeny = false, action, resource, keys, statement }: Decoded): Denial {
  return {
    ...denial,
    ...(action === undefined ? {} : { action }),
    ...(resource === undefined ? {} : { resource }),
    // Without words, an explicit deny may stand in any policy; one that is there is no want of a permission.
    ...(explicitDeny && denial.by === "permissions" ? { by: "unknown" as const, words: "an explicit deny" } : {}),
    ...(explicitDeny ? { keys, ...(statement === undefined ? {} : { statement }) } : {}),
  };
}

/** Undefined where we may not read it, or what comes is something else. */
async function decode(encoded: string, sts: Clients["sts"]): Promise<Decoded | undefined> {
  const { DecodeAuthorizationMessageCommand } = await import("@aws-sdk/client-sts");
  try {
    const { DecodedMessage } = await sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: encoded }));
    return DecodedMessage === undefined ? undefined : readDecoded(JSON.parse(DecodedMessage));
  } catch {
    // It only says more about what is reported anyway, and the message as it came is shown.
    return undefined;
  }
}

/** The shape is written down nowhere but in examples: what can be found in it is taken. */
export function readDecoded(value: unknown): Decoded {
  const message = fields(value);
  const context = fields(message["context"]);
  const matched = message["matchedStatements"];
  const statement = [...texts(matched, /^(statementId|sid)$/i)].find((text) => text !== "");
  const conditions = [...texts(matched, /^key$/i), ...names(matched)];
  return {
    explicitDeny: String(message["explicitDeny"]) === "true",
    ...(typeof context["action"] === "string" ? { action: context["action"] } : {}),
    ...(typeof context["resource"] === "string" ? { resource: context["resource"] } : {}),
    keys: [...new Set(conditions.filter((key) => CONDITION_KEY.test(key)))],
    ...(statement === undefined ? {} : { statement }),
  };
}

const CONDITION_KEY = /^[a-z0-9-]+:[A-Za-z]\w*(\/.+)?$/;

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** Texts under such a name, at any depth. */
function* texts(value: unknown, name: RegExp): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (typeof item === "string" && name.test(key)) yield item;
    else yield* texts(item, name);
  }
}

/** Names of fields, at any depth: a policy as people write it has condition keys there. */
function* names(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (!Array.isArray(value)) yield key;
    yield* names(item);
  }
}
