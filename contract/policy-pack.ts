/** The pack as a stack takes it: the same for the stack itself and for what runs inside of it. */
import { existsSync } from "node:fs";
import * as path from "node:path";

export interface PackOfStack {
  /** Folder of the pack, absolute. */
  readonly folder: string;
  /** File with what the stack says of the rules, absolute. @default the rules as they are */
  readonly config?: string;
}

/**
 * `policies.STACK.json` beside the settings of a stack: `{RULE: LEVEL | {"enforcementLevel": LEVEL, OPTION: VALUE, ...}}`.
 * @param stack its name, with or without organization and project
 * @param project folder with the settings of stacks
 */
export function packOfStack(stack: string, project: string): PackOfStack {
  const config = path.join(project, `policies.${stack.split("/").pop() ?? stack}.json`);
  return { folder: path.join(__dirname, "..", "policies"), ...(existsSync(config) ? { config } : {}) };
}

/** Flags of `pulumi preview` and `pulumi up`. */
export function policyFlags({ folder, config }: PackOfStack): readonly string[] {
  return ["--policy-pack", folder, ...(config === undefined ? [] : ["--policy-pack-config", config])];
}
