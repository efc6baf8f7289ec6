/** Plugins of a world: the stand-ins whatever else is installed, since the official ones look for the real clouds. */
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { TOOLS } from "../../cli/local/places";
import { install } from "../testing/scratch-project";

/** The stand-ins as this checkout has them, and the rest as it is installed. */
export function installPlugins(home: string): void {
  for (const name of ["aws", "command"] as const) install(name, home);
  const installed = join(TOOLS, "pulumi-home", "plugins");
  for (const name of readdirSync(installed).filter((one) => one.startsWith("resource-libvirt-"))) {
    // The folder itself may not be a link: pulumi passes over it.
    mkdirSync(join(home, "plugins", name));
    for (const file of readdirSync(join(installed, name)))
      symlinkSync(join(installed, name, file), join(home, "plugins", name, file));
  }
}
