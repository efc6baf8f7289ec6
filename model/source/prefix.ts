/** Which entry of the setting `registries` counts for an image, and where it leads: as podman reads registries.conf. */
import type { RegistryMirror } from "../../contract/agent-spec";

/** @param name `HOST[:PORT]/REPOSITORY` @returns that of the longest prefix */
export function entryFor<T extends Pick<RegistryMirror, "prefix">>(
  name: string,
  registries: readonly T[],
): T | undefined {
  const [entry] = registries
    .filter(({ prefix }) => covers(prefix, name))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  return entry;
}

/** The same image as a worker reaches it. */
export function elsewhere(name: string, registries: readonly RegistryMirror[]): string {
  const entry = entryFor(name, registries);
  // One for all hosts of a domain that says no place: each host is reached by its own name.
  if (entry === undefined || entry.location === entry.prefix) return name;
  const { prefix, location } = entry;
  return location + name.slice(prefix.startsWith("*.") ? hostOf(name).length : prefix.length);
}

/** `quay.io/a` covers what lies below it; `*.example.org` covers the hosts of a domain, on any port. */
function covers(prefix: string, name: string): boolean {
  if (prefix.startsWith("*.")) return hostOf(name).endsWith(prefix.slice(1));
  return name === prefix || name.startsWith(`${prefix}/`);
}

const hostOf = (name: string): string => name.replace(/[:/].*$/, "");
