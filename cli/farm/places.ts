/** Where the farm on this machine lives: a folder under .local/, and addresses of its own beside those of the tests. */
import { join } from "node:path";
import { LOCAL, REPOSITORY } from "../local/places";

export const FARM = join(LOCAL, "farm");
/** What runs, and how it is reached; there while it answers. */
export const WORLD_FILE = join(FARM, "world.json");
/** A file here with the name of a hypervisor or of a region of IBM Cloud: nobody can be reached there. */
export const DOWN = join(FARM, "down");
/** What the images are built from. */
export const CONTEXT = join(FARM, "context");

/** That builds and publishes, and that takes over from it. */
export const STACKS = { builds: "farm", promotes: "farm-prod" } as const;

export function settingsFile(stack: string): string {
  return join(REPOSITORY, `Pulumi.${stack}.yaml`);
}

/** N of 127.N.x.y, for the machines of each cloud. */
export const ADDRESS_BLOCKS = { aws: 60, ibm: 61, openstack: 62 } as const;
