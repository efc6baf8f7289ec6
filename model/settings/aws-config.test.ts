import { expect, it } from "vitest";
import { good, mistakes } from "./fixtures";
import { decodeSettings } from "./pulumi-config";

it.each([
  ["profile", "set AWS_PROFILE where pulumi runs"],
  ["assumeRoles", "a profile with role_arn"],
  ["defaultTags", "targets.NAME.tags"],
  ["secretKey", "AWS_SECRET_ACCESS_KEY"],
  ["maxRetries", "the environment of pulumi"],
])(
  "aws:%s of the stack's configuration would be overlooked: it is refused by name, with what counts",
  (name, instead) => {
    const config = { [`aws:${name}`]: "a value of theirs", "aws:region": "us-east-1", "other:profile": "p" };
    const keys = [`aws:${name}`];
    const raw = { ...good(), ...decodeSettings(config, { keys }) };
    expect(mistakes(raw)).toEqual([expect.stringContaining(`aws:${name}: has no effect`)]);
    expect(mistakes(raw)[0]).toContain(instead);
    expect(mistakes(raw)[0]).not.toContain("a value of theirs");
  },
);
