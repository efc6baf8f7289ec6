/**
 * What IAM itself says would be allowed. EC2 can't be asked by a dry run about things that bear our tag before there are
 * any, and EBS direct has no dry run: IAM answers for both, on things that only might be there.
 */
import type { ContextEntry } from "@aws-sdk/client-iam";
import type { Clients } from "./ask";
import type { Grant } from "./grants";

export interface Simulation {
  readonly iam: Clients["iam"];
  /** ARN of a user or a role. */
  readonly principal: string;
  /** Stands for `*` where a condition's value has one. */
  readonly stack: string;
}

/** @returns the actions of the grant that are not allowed on all of it */
export async function denied({ iam, principal, stack }: Simulation, grant: Grant): Promise<string[]> {
  const { SimulatePrincipalPolicyCommand } = await import("@aws-sdk/client-iam");
  const answers = await Promise.all(
    grant.resources.map((resource) =>
      iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: principal,
          ActionNames: [...grant.actions],
          ResourceArns: [sample(resource)],
          ContextEntries: context(grant, stack),
        }),
      ),
    ),
  );
  const results = answers.flatMap(({ EvaluationResults = [] }) => EvaluationResults);
  return grant.actions.filter((action) =>
    results.some(
      ({ EvalActionName, EvalDecision, ResourceSpecificResults = [] }) =>
        EvalActionName === action &&
        (EvalDecision !== "allowed" ||
          ResourceSpecificResults.some(({ EvalResourceDecision }) => EvalResourceDecision !== "allowed")),
    ),
  );
}

/** One thing of many: `arn:aws:ec2:us-east-1:*:instance/*` asks about one of them. */
function sample(resource: string): string {
  return resource === "*" ? resource : resource.replace(/:\*:/, ":123456789012:").replace(/\*$/, "example");
}

/** The values that the conditions of the grant ask for; of a key that must be absent, none. */
function context({ condition = {} }: Grant, stack: string): ContextEntry[] {
  const { Null: _absent, ...wanted } = condition;
  return Object.values(wanted).flatMap((keys) =>
    Object.entries(keys).map(([key, values]) => {
      const [first = ""] = typeof values === "string" ? [values] : values;
      return { ContextKeyName: key, ContextKeyType: "string", ContextKeyValues: [first === "*" ? stack : first] };
    }),
  );
}

/** The user or role behind a session: `arn:aws:sts::1:assumed-role/NAME/SESSION` is the role NAME. */
export function principalOf(callerArn: string): string {
  const [, part, account, name] = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(callerArn) ?? [];
  return name === undefined ? callerArn : `arn:${part}:iam::${account}:role/${name}`;
}
