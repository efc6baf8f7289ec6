/** The cloud-init user data of a throw-away machine: who may log in, and the host key that we already know. */
import { stringify } from "yaml";
import { type CloudConfigArgs, cloudConfigOf } from "../contract/cloud-config";
import { printable } from "../contract/printable";

export function cloudConfig(args: CloudConfigArgs): string {
  // In quotes, and on one line: cloud-init's parser of YAML 1.1 reads other forms otherwise, or not at all.
  const form = {
    defaultStringType: "QUOTE_DOUBLE",
    defaultKeyType: "PLAIN",
    doubleQuotedMinMultiLineLength: Infinity,
  } as const;
  return `#cloud-config\n${printable(stringify(cloudConfigOf(args), { ...form, lineWidth: 0 }))}`;
}
