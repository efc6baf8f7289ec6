/** What to do where AWS takes no credentials of ours, by what it says, or what the SDK says that has none. */
import type { Finding } from "../platform";
import { errorText } from "./ask";

/** The first that fits counts. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /sts:AssumeRoleWithWebIdentity|OpenIDConnect provider|^(InvalidIdentityToken|IDPRejectedClaim)/,
    "let the trust policy of the role (AWS_ROLE_ARN) admit this token: its issuer as Principal.Federated, and in the conditions its aud " +
      'and its sub, on GitHub e.g. "repo:OWNER/NAME:ref:refs/heads/main" or "repo:OWNER/NAME:environment:NAME"',
  ],
  [
    /not authorized to perform: sts:AssumeRole\b/,
    "let the trust policy of that role name who asks, and the policies of who asks allow sts:AssumeRole on it; " +
      "the role_arn of the profile (AWS_PROFILE) says which role is taken",
  ],
  [
    /multi-factor|\bMFA\b/i,
    "nobody can be asked for a code here: get a session first, which asks for it " +
      '("aws configure export-credentials --profile NAME --format env"), and take that instead of the profile',
  ],
  [
    /^ForbiddenException/,
    "this profile's sso_account_id and sso_role_name are not among what you are assigned: choose others, or ask for them",
  ],
  [
    /Signature (expired|not yet current)/,
    "the clock of this machine is wrong: set it (timedatectl tells whether it is kept right)",
  ],
  [
    /^(ExpiredToken|RequestExpired|TokenProviderError|UnauthorizedException)|\bsso\b/i,
    'the credentials have ended: sign in again ("aws sso login" for a profile with SSO), or get a new session or token',
  ],
];

export function unknownCaller(region: string, error: unknown): Finding {
  const said = errorText(error);
  const remedy = REMEDIES.find(([words]) => words.test(said))?.[1];
  return {
    path: "aws",
    problem: `AWS in ${region} does not know who we are: ${said}`,
    remedy: remedy ?? 'give credentials as the AWS tools take them, and try "aws sts get-caller-identity"',
  };
}
