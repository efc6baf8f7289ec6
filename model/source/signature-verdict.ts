/** What a policy.json says of an image that a worker pulls by digest, as podman looks it up. */
import { parseReference } from "./reference";
import type { Policy, Requirement } from "./signature-schemas";

export interface Verdict {
  /** What the most specific scope asks for. */
  readonly asks: readonly Requirement[];
  readonly says: "unsigned" | "signed" | "refused";
  /** Path in the policy. */
  readonly by: string;
}

/** The most specific scope decides, and all that it asks for must hold. */
export function verdict({ default: otherwise, transports = {} }: Policy, reference: string, digest: string): Verdict {
  const docker = transports["docker"] ?? {};
  const { registry, repository } = parseReference(reference);
  const name = `${registry}/${repository}`;
  const found = [`${name}@${digest}`, ...scopes(name), ""].find((scope) => docker[scope] !== undefined);
  const asks = found === undefined ? otherwise : (docker[found] ?? []);
  return {
    asks,
    says: says(asks),
    by: found === undefined ? "default" : `transports.docker[${JSON.stringify(found)}]`,
  };
}

/** `host:1/a/b`, `host:1/a`, `host:1`, `*.of.host`, which has no port: containers-policy.json(5), "docker:". */
export function scopes(name: string): string[] {
  const parts = name.split("/");
  const folders = parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
  const labels = (parts[0] ?? "").replace(/:.*$/, "").split(".");
  return [...folders, ...labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join(".")}`)];
}

function says(requirements: readonly Requirement[]): Verdict["says"] {
  const types = requirements.map(({ type }) => type);
  if (types.includes("reject")) return "refused";
  return types.every((type) => type === "insecureAcceptAnything") ? "unsigned" : "signed";
}

/** Scopes with a tag: no worker pulls by one. */
export function taggedScopes({ transports = {} }: Policy): string[] {
  return Object.keys(transports["docker"] ?? {}).filter((scope) => /\/[^@]*:[^/@]+$/.test(scope));
}
