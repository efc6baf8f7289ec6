/** Whom IAM is asked about: the user or the role behind the session that signs our requests. */
import { errorText, type Clients } from "./ask";

export interface Principal {
  /** ARN of a user or a role; of a session that has neither, its own. */
  readonly arn: string;
  /** Why the role could not be looked up: its ARN may lack a path. */
  readonly doubt?: string;
}

/** `arn:aws:sts::1:assumed-role/NAME/SESSION` is the role NAME, whose path only the role itself tells. */
export async function principalOf(caller: string, iam: Clients["iam"]): Promise<Principal> {
  const [, part, account, name] = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(caller) ?? [];
  if (name === undefined) return { arn: caller };
  const bare = `arn:${part}:iam::${account}:role/${name}`;
  const { GetRoleCommand } = await import("@aws-sdk/client-iam");
  try {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: name }));
    return { arn: Role?.Arn ?? `arn:${part}:iam::${account}:role${Role?.Path ?? "/"}${name}` };
  } catch (error) {
    return { arn: bare, doubt: `iam:GetRole of ${name}: ${errorText(error)}` };
  }
}
