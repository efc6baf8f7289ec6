/** What the policy of a key says of who may use it. What it says under conditions that we don't know is not counted. */
import * as z from "zod";
import { parsedJson } from "../../contract/parsed-json";

const texts = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const statement = z.looseObject({
  Effect: z.enum(["Allow", "Deny"]),
  Principal: z.union([z.literal("*"), z.looseObject({ AWS: texts.optional() })]).optional(),
  Action: texts.optional(),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});
const document = z.looseObject({
  Statement: z.union([statement, z.array(statement)]).transform((value) => [value].flat()),
});
export type KeyPolicy = z.output<typeof document>;

/** Undefined where it is not of the form that IAM documents. */
export function readKeyPolicy(text: string): KeyPolicy | undefined {
  return document.safeParse(parsedJson(text)).data;
}

/**
 * True where the key's policy by itself lets a user or role do this: then their own policies need not.
 * Source: KMS developer guide, "Determining access to AWS KMS keys".
 * @param principal ARN of a user or a role
 */
export function keyAllows(policy: KeyPolicy | undefined, principal: string, action: string): boolean {
  return (policy?.Statement ?? []).some(
    ({ Effect, Action = [], Condition = {}, ...one }) =>
      Effect === "Allow" &&
      Action.some((pattern) => isLike(action, pattern)) &&
      principalsOf(one).some((named) => named === principal || named === "*") &&
      Object.entries(Condition).every(([operator, keys]) =>
        Object.entries(keys).every(([key, values]) => isMet(operator, key, JSON.stringify(values))),
      ),
  );
}

/** Conditions that our use of a key meets: by EC2, in the name of the account that it belongs to. */
function isMet(operator: string, key: string, values: string): boolean {
  switch (key.toLowerCase()) {
    case "kms:calleraccount":
      return /^String(Equals|Like)$/.test(operator);
    case "kms:grantisforawsresource":
      return operator === "Bool" && values.includes("true");
    case "kms:viaservice":
      return /^String(Equals|Like)$/.test(operator) && /"ec2\b/.test(values);
    default:
      return false;
  }
}

/**
 * True where some statement could let a user or role use the key, by itself or by the account's own policies. Conditions and
 * denials are not looked at: only where this is false is it sure that the policy lets them not.
 */
export function mayUse(policy: KeyPolicy, principal: string, action: string): boolean {
  const [, , , , account = "", name = ""] = principal.split(":");
  const session = `:assumed-role/${name.split("/").at(-1)}/`;
  return policy.Statement.some(
    ({ Effect, Action, NotPrincipal, ...one }) =>
      Effect === "Allow" &&
      (Action === undefined || Action.some((pattern) => isLike(action, pattern))) &&
      (NotPrincipal !== undefined ||
        principalsOf(one).some(
          (named) =>
            ["*", principal, account].includes(named) ||
            named.endsWith(`:iam::${account}:root`) ||
            (named.split(":")[4] === account && named.includes(session)),
        )),
  );
}

/** True where some statement gives another account a way to the key: then that account's own policies decide. */
export function keyAdmits(policy: KeyPolicy, account: string): boolean {
  return policy.Statement.some(
    ({ Effect, ...one }) =>
      Effect === "Allow" &&
      principalsOf(one).some((named) => named === "*" || named === account || named.split(":")[4] === account),
  );
}

function principalsOf({ Principal }: { readonly Principal?: KeyPolicy["Statement"][number]["Principal"] }): string[] {
  if (Principal === undefined) return [];
  return Principal === "*" ? ["*"] : (Principal.AWS ?? []);
}

/** `kms:GenerateDataKey*` */
function isLike(action: string, pattern: string): boolean {
  const parts = pattern
    .toLowerCase()
    .split("*")
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`).test(action.toLowerCase());
}
