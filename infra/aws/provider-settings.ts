/** Settings of Pulumi's own aws provider in the stack's configuration: each region has a provider of ours, which takes none of them. */

/** Those that say what ours do anyhow. */
const HARMLESS = ["region"];

const PROFILE = "set AWS_PROFILE where pulumi runs";
const ROLE =
  "write a profile with role_arn and source_profile into ~/.aws/config, and set AWS_PROFILE where pulumi runs";
const TAGS = "write the tags into tags of each worker (architectures.ARCH.worker.tags) and target (targets.NAME.tags)";

const INSTEAD: Readonly<Record<string, string | undefined>> = {
  profile: PROFILE,
  assumeRole: ROLE,
  assumeRoles: ROLE,
  assumeRoleWithWebIdentity: "set AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE where pulumi runs",
  defaultTags: TAGS,
  accessKey: "set AWS_ACCESS_KEY_ID where pulumi runs",
  secretKey: "set AWS_SECRET_ACCESS_KEY where pulumi runs",
  token: "set AWS_SESSION_TOKEN where pulumi runs",
  sharedConfigFiles: "set AWS_CONFIG_FILE where pulumi runs",
  sharedCredentialsFiles: "set AWS_SHARED_CREDENTIALS_FILE where pulumi runs",
  endpoints: "set AWS_ENDPOINT_URL, or AWS_ENDPOINT_URL_EC2 and its like, where pulumi runs",
};

/** @param name without the namespace: `profile` */
export function providerSettingProblem(name: string): string | undefined {
  if (HARMLESS.includes(name)) return undefined;
  const instead = INSTEAD[name] ?? "see that the environment of pulumi says it";
  return `has no effect: workers, images and inner runs have providers of their own; take it out, and ${instead}`;
}
