/** The environment of everything that runs against the local services: what .local/env.sh exports for work by hand. */
import { delimiter, join } from "node:path";
import { LIBVIRT, LOCAL, TOOLS } from "./places";

export const LIBVIRT_URI = `qemu+unix:///system?socket=${LIBVIRT.socket}`;

/** A copy of `from` with what sends pulumi and virsh to the local state, tools and services. */
export function localEnvironment(from: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const inherited = Object.fromEntries(
    Object.entries(from).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  return {
    ...inherited,
    PATH: [join(TOOLS, "bin"), inherited["PATH"]].filter(Boolean).join(delimiter),
    PULUMI_HOME: join(TOOLS, "pulumi-home"),
    PULUMI_BACKEND_URL: `file://${join(LOCAL, "state")}`,
    // No secret: the local stack protects nothing, and its settings must open on every machine.
    PULUMI_CONFIG_PASSPHRASE: "local",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    LIBVIRT_DEFAULT_URI: LIBVIRT_URI,
  };
}
