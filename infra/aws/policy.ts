/** IAM policy documents from what the code declares that it calls. */
import { grants, uploadRoleGrants } from "./actions";
import type { AwsUse, Grant } from "./grants";

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Grant["condition"];
}

export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

export interface Policies {
  /** For whoever runs `pulumi up`. */
  readonly operator: PolicyDocument;
  /** For the role of `uploadRole`. */
  readonly uploadRole: PolicyDocument;
}

export function policies(use: AwsUse): Policies {
  return { operator: document(grants(use)), uploadRole: document(uploadRoleGrants(use)) };
}

export function statement({ sid, actions, resources, condition }: Grant): Statement {
  return {
    Sid: sid,
    Effect: "Allow",
    Action: [...actions].sort(),
    Resource: resources,
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

function document(list: readonly Grant[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: list.map(statement) };
}
