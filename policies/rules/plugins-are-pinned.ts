/** What talks to a cloud is the program that was tried: it has the cloud's credentials. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { own } from "../../infra/policy-facts";
import { rule } from "../rule";

interface Options {
  readonly versions?: Readonly<Record<string, string>>;
}

const OURS = "builders";
/** Reads other stacks' outputs: a part of the engine, no program beside it. */
const ENGINES_OWN = "pulumi";
const PROVIDER = /^pulumi:providers:(.*)$/;

export const pluginsArePinned = rule<Options>({
  name: "plugins-are-pinned",
  description: "Each plugin is of the version that package-lock.json has, or the stack names.",
  options: { versions: { type: "object", additionalProperties: { type: "string" } } },
  problems: (_facts, { versions = {} }, { type, props }) => {
    const [, name] = PROVIDER.exec(type) ?? [];
    return name === undefined ? [] : otherVersion(name, props["version"], versions);
  },
});

function otherVersion(name: string, found: unknown, versions: NonNullable<Options["versions"]>): string[] {
  if (name === ENGINES_OWN) return [];
  // This project's own is taken from its folder, as Pulumi.yaml says, and has no version.
  if (name === OURS)
    return found === undefined ? [] : [`is of version ${JSON.stringify(found)}; leave its version out`];
  const wanted = own(versions, name) ?? installedVersion(name);
  if (wanted === undefined)
    return [`is a plugin that package-lock.json does not have; name its version in versions: { ${name}: ... }`];
  if (found === wanted) return [];
  return [
    `is of ${typeof found === "string" ? `version ${found}` : "any version"}; leave its version out: it is ${wanted} then`,
  ];
}

const packageSchema = z.object({ version: z.string() });

/** As `npm ci` has put it here; undefined where there is no such package. */
function installedVersion(name: string): string | undefined {
  if (!/^[a-z0-9-]+$/.test(name)) return undefined;
  const file = join(__dirname, "..", "..", "node_modules", "@pulumi", name, "package.json");
  return existsSync(file) ? packageSchema.parse(JSON.parse(readFileSync(file, "utf8"))).version : undefined;
}
