import type { RegistryMirror } from "../../contract/agent-spec";

/** First line of what is ours: what does not begin so is never removed. */
export const HEADER = "# Written by copr-builders.\n";

/** podman's own format, see containers-registries.conf(5). */
export function registriesText(registries: readonly RegistryMirror[]): string {
  return HEADER + registries.map(section).join("");
}

/** Podman wants a location of each prefix but a wildcard, and takes the wildcard itself for none. */
function section({ prefix, location, insecure }: RegistryMirror): string {
  const place = prefix.startsWith("*.") && location === prefix ? "" : `location = ${JSON.stringify(location)}\n`;
  return `\n[[registry]]\nprefix = ${JSON.stringify(prefix)}\n${place}insecure = ${insecure}\n`;
}
