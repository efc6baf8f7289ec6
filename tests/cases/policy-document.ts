/** What a policy document denies: as IAM evaluates it, for the operators and forms that policies of organizations have. */
import * as z from "zod";
import { isWithin } from "../../infra/aws/networks";

const listed = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const values = z
  .union([z.string(), z.boolean(), z.number(), z.array(z.union([z.string(), z.boolean(), z.number()]))])
  .transform((value) => [value].flat().map(String));
const statementSchema = z.strictObject({
  Sid: z.string().exactOptional(),
  Effect: z.enum(["Deny", "Allow"]),
  Principal: z.unknown().optional(),
  Action: listed.exactOptional(),
  NotAction: listed.exactOptional(),
  Resource: listed.exactOptional(),
  NotResource: listed.exactOptional(),
  Condition: z.record(z.string(), z.record(z.string(), values)).default({}),
});
export const documentSchema = z.object({
  Version: z.string().exactOptional(),
  Statement: z.union([statementSchema, z.array(statementSchema)]).transform((value) => [value].flat()),
});
export type Statement = z.output<typeof statementSchema>;
export type PolicyDocument = z.output<typeof documentSchema>;

/** One action on one thing. */
export interface Question {
  readonly action: string;
  readonly resource: string;
  /** By key in small letters. */
  readonly context: ReadonlyMap<string, readonly string[]>;
}

/** The first statement that denies it. */
export function denying({ Statement }: PolicyDocument, question: Question): Statement | undefined {
  return Statement.find((one) => one.Effect === "Deny" && concerns(one, question));
}

function concerns(statement: Statement, { action, resource, context }: Question): boolean {
  const { Action, NotAction, Resource, NotResource, Condition } = statement;
  const hasAction = (list: readonly string[]) => list.some((one) => like(action.toLowerCase(), one.toLowerCase()));
  const hasResource = (list: readonly string[]) => list.some((one) => like(resource, one));
  return (
    (Action === undefined || hasAction(Action)) &&
    (NotAction === undefined || !hasAction(NotAction)) &&
    (Resource === undefined || hasResource(Resource)) &&
    (NotResource === undefined || !hasResource(NotResource)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => holds(operator, wanted, context.get(key.toLowerCase()))),
    )
  );
}

function holds(operator: string, wanted: readonly string[], given: readonly string[] | undefined): boolean {
  const [, quantifier, name = "", ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  if (name === "Null") return (given === undefined) === (wanted[0] === "true");
  if (given === undefined && quantifier === "ForAnyValue") return false;
  if (given === undefined) return ifExists !== undefined || quantifier === "ForAllValues" || /Not/.test(name);
  const positive = name.replace("Not", "");
  const fits = (value: string) => wanted.some((pattern) => compare(positive, value, pattern)) !== /Not/.test(name);
  return quantifier === "ForAnyValue" || (quantifier === undefined && !/Not/.test(name))
    ? given.some(fits)
    : given.every(fits);
}

function compare(name: string, value: string, pattern: string): boolean {
  switch (name) {
    case "StringEquals":
      return value === pattern;
    case "StringEqualsIgnoreCase":
    case "Bool":
      return value.toLowerCase() === pattern.toLowerCase();
    case "StringLike":
    case "ArnLike":
    case "ArnEquals":
      return like(value, pattern);
    case "NumericEquals":
      return Number(value) === Number(pattern);
    case "NumericLessThan":
      return Number(value) < Number(pattern);
    case "NumericLessThanEquals":
      return Number(value) <= Number(pattern);
    case "NumericGreaterThan":
      return Number(value) > Number(pattern);
    case "NumericGreaterThanEquals":
      return Number(value) >= Number(pattern);
    case "IpAddress":
      return isWithin(value.includes("/") ? value : `${value}/32`, pattern.includes("/") ? pattern : `${pattern}/32`);
    case "DateEquals":
      return Date.parse(value) === Date.parse(pattern);
    case "DateLessThan":
      return Date.parse(value) < Date.parse(pattern);
    case "DateLessThanEquals":
      return Date.parse(value) <= Date.parse(pattern);
    case "DateGreaterThan":
      return Date.parse(value) > Date.parse(pattern);
    case "DateGreaterThanEquals":
      return Date.parse(value) >= Date.parse(pattern);
    default:
      throw new Error(`the condition operator ${name} is not known here; write what it does`);
  }
}

/** `*` is any text, `?` any character. */
function like(value: string, pattern: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(value);
}
