/** What a new worker needs to pull what the operator can see: the logins of these repositories, and no others. */
import type { RegistryMirror } from "../../contract/agent-spec";
import type { LoginEntry, LoginFile } from "../../contract/registry-login";
import type { Arch } from "../../infra/words";
import type { Credentials } from "./credential";
import { findCredentials } from "./credentials";
import type { Sources } from "./identity";
import { elsewhere } from "./prefix";
import { parseReference, pinned } from "./reference";
import { registryClient, type RegistryOptions } from "./registry";

/** What the worker of this architecture pulls, with the digests that the build key was made from. */
export function pulledBy({ identity, needs }: Pick<Sources, "identity" | "needs">, arch: Arch): string[] {
  const { source, from, recipe } = identity;
  const images = source.kind === "image" ? [source] : (needs[arch]?.images ?? []);
  const bases = images.map(({ reference }) =>
    pinned(reference, source.kind === "image" ? source.digest : (from[reference] ?? "")),
  );
  if (recipe.packaged?.includes(arch)) return bases;
  return [...bases, pinned(recipe.builder.reference, recipe.builder.digest)];
}

export type LoginSettings = RegistryOptions & { readonly registries: readonly RegistryMirror[] };

/**
 * @param references that a worker pulls, with their digests
 * @returns undefined where whoever asks may have all of it: then no login leaves this machine
 */
export async function workerLogins(
  references: readonly string[],
  settings: LoginSettings,
): Promise<LoginFile | undefined> {
  const entries = await Promise.all([...new Set(references)].map((reference) => entriesFor(reference, settings)));
  const auths = Object.fromEntries(entries.flat());
  return Object.keys(auths).length === 0 ? undefined : { auths };
}

async function entriesFor(reference: string, settings: LoginSettings): Promise<[string, LoginEntry][]> {
  const { registry, repository } = parseReference(reference);
  const found = await findCredentials(settings.authFiles ?? [], registry, repository);
  if (found === undefined || (await isPublic(reference, settings))) return [];
  const name = `${registry}/${repository}`;
  const entry = entryOf(found);
  // podman looks for the login of where it goes, not of what is written.
  return [...new Set([name, elsewhere(name, settings.registries)])].map((key) => [key, entry]);
}

/** Is it there for those who say nothing of themselves? The digest is in the reference: only the manifest tells. */
async function isPublic(reference: string, settings: LoginSettings): Promise<boolean> {
  const anybody = registryClient({ ...settings, authFiles: [] });
  return anybody.architectures(reference).then(
    () => true,
    () => false,
  );
}

/** A token goes with an empty password, as `docker login` writes it: what has no user is no entry. */
function entryOf(found: Credentials): LoginEntry {
  const encoded = (user: string, password: string) => Buffer.from(`${user}:${password}`).toString("base64");
  switch (found.kind) {
    case "password":
      return { auth: encoded(found.user, found.password) };
    case "identity":
      return { auth: encoded("00000000-0000-0000-0000-000000000000", ""), identitytoken: found.token };
  }
}
