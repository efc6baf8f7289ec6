/** Which provider plugins Pulumi will start here: the official ones, or what the set-up put in their place. */
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { version as awsVersion } from "@pulumi/aws/package.json";
import { version as commandVersion } from "@pulumi/command/package.json";
import { version as libvirtVersion } from "../sdks/libvirt/package.json";

/** As toolchain/setup/plugins.sh marks them. */
const MARK = "copr-builders-stand-in";
const LAUNCHER = "plugin stands in for it";

const VERSIONS = { aws: awsVersion, command: commandVersion, libvirt: libvirtVersion } as const;
type Name = keyof typeof VERSIONS;
const IN_ITS_PLACE: Readonly<Record<Name, string>> = {
  aws: "standins/aws-plugin stands in: for emulators, it refuses to act on an account of AWS",
  command: "standins/command-plugin stands in",
  libvirt: "built here from the Terraform provider",
};

/** A line for each, e.g. `plugin aws 7.48.0: the official one`. */
export function pluginLines(pulumiHome = process.env["PULUMI_HOME"]): string[] {
  const home = pulumiHome === undefined || pulumiHome === "" ? join(homedir(), ".pulumi") : pulumiHome;
  return (["aws", "command", "libvirt"] as const).map(
    (name) => `plugin ${name} ${VERSIONS[name]}: ${kind(name, home)}`,
  );
}

function kind(name: Name, home: string): string {
  const path = join(home, `plugins/resource-${name}-v${VERSIONS[name]}/pulumi-resource-${name}`);
  if (!existsSync(path)) return "not installed; Pulumi fetches the official one when it needs it";
  return isStandIn(path) ? IN_ITS_PLACE[name] : "the official one";
}

export function isStandIn(path: string): boolean {
  if (existsSync(join(dirname(path), MARK))) return true;
  const start = Buffer.alloc(512);
  const file = openSync(path, "r");
  try {
    return start.toString("latin1", 0, readSync(file, start)).includes(LAUNCHER);
  } finally {
    closeSync(file);
  }
}
