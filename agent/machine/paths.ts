import { join } from "node:path";
import type { Machine } from "./machine";

/** Where container storage is, and the work folders beside it: the place with room. */
export const CONTAINERS = "/var/lib/containers";

/** Where a path of the machine is found. */
export const machinePath = (machine: Machine, path: string): string => join(machine.root, path);
