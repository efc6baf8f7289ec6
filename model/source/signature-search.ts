/** Whether there is a signature where the policy wants one: else podman on a worker finds out, minutes later. */
import { parse as parseYaml } from "yaml";
import { messageOf } from "../../contract/message-of";
import type { SignaturePolicy } from "../../contract/signature-policy";
import type { Arch } from "../../infra/words";
import { wantedImages } from "./architectures";
import { certificateReader } from "./certificates";
import type { Reach } from "./http";
import type { IdentitySettings, Sources } from "./identity";
import { patientFetch, type Patience } from "./patient-fetch";
import { imageArchitecture } from "./platform-arguments";
import { elsewhere } from "./prefix";
import { parseReference } from "./reference";
import { registryClient, RegistryError, type RegistryOfLists } from "./registry";
import { policySchema, registriesSchema, type Requirement, type SignaturePlace } from "./signature-schemas";
import { scopes, verdict } from "./signature-verdict";

/**
 * Whether one that is there is good, and by whom, podman says alone.
 * @returns warnings: what podman will refuse unless it is signed by then, and what can't be told
 */
export async function checkSignatures(
  settings: IdentitySettings & { readonly patience?: Patience },
  { needs, signatures }: Pick<Sources, "needs" | "signatures">,
  registry: RegistryOfLists = registryClient(settings),
): Promise<string[]> {
  if (signatures === undefined) return [];
  const policy = policySchema.parse(JSON.parse(signatures.handed.policy));
  const places = placesOf(signatures.handed);
  const { proxies, certificates, patience = {} } = settings;
  const reach = { proxies, tls: certificateReader(certificates) };
  const found = wantedImages(settings, needs).map(async ({ reference, where, archs }) => {
    const { repository, registry: host } = parseReference(reference);
    const name = `${host}/${repository}`;
    // One that comes from a mirror is looked up there: what is here says nothing of it.
    if (elsewhere(name, settings.registries) !== name) return [];
    const lookups = [...archs].map(async (arch) => {
      try {
        const digest = await registry.instance(reference, imageArchitecture(arch));
        if (digest === undefined) return [];
        const { asks } = verdict(policy, reference, await registry.digest(reference));
        const missing = asks.map((one) => lacking({ name, digest, patience, reach, registry, places }, one));
        const all = [...asks.map(tooExact), ...(await Promise.all(missing))];
        return all.flatMap((why) => (why === undefined ? [] : [{ arch, why }]));
      } catch (error) {
        return [{ arch, why: `whether it is there can't be told: ${messageOf(error)}` }];
      }
    });
    return byReason((await Promise.all(lookups)).flat()).map(
      ([why, of]) => `${reference}${where} must be signed; for ${of.join(", ")} ${why}`,
    );
  });
  return (await Promise.all(found)).flat();
}

interface Lookup {
  /** `HOST[:PORT]/REPOSITORY` */
  readonly name: string;
  /** Of the image itself, not of a list. */
  readonly digest: string;
  readonly patience: Patience;
  readonly reach: Reach;
  readonly registry: RegistryOfLists;
  readonly places: (name: string) => SignaturePlace;
}

/** Undefined where a signature is there, none is asked for, or only podman knows where to look. */
async function lacking(lookup: Lookup, { type }: Requirement): Promise<string | undefined> {
  const { name, digest, registry } = lookup;
  const { lookaside: base, "use-sigstore-attachments": attached } = lookup.places(name);
  switch (type) {
    case "insecureAcceptAnything":
    case "reject":
      return undefined;
    case "sigstoreSigned": {
      if (attached !== true)
        return `podman looks for no signature: set use-sigstore-attachments: true for ${name} in registries.d`;
      const tag = `${digest.replace(":", "-")}.sig`;
      const isThere = await registry.digest(`${name}:${tag}`).then(
        () => true,
        (error: unknown) => {
          if (error instanceof RegistryError && error.missing) return false;
          throw error;
        },
      );
      return isThere ? undefined : unsigned(digest, `${name}:${tag}`);
    }
    case "signedBy": {
      // Without one, a registry may have signatures itself.
      if (base === undefined) return undefined;
      const { repository } = parseReference(name);
      const url = `${base.replace(/\/$/, "")}/${repository}@${digest.replace(":", "=")}/signature-1`;
      const { status } = await patientFetch(url, {}, lookup.patience, lookup.reach);
      if (status === 404) return unsigned(digest, url);
      if (status >= 300) throw new Error(`${url} answered ${status}`);
      return undefined;
    }
  }
}

/** Source: containers-policy.json(5), "signedIdentity". */
function tooExact(asked: Requirement): string | undefined {
  if (!("signedIdentity" in asked) || asked.signedIdentity?.type !== "matchExact") return undefined;
  return "matchExact takes what was signed under its digest, never under a tag, since workers pull by digest; write matchRepoDigestOrExact";
}

function unsigned(digest: string, where: string): string {
  return `there is no signature (${where}): podman will refuse it on the worker; sign ${digest}, or build on another image`;
}

/** Each field is as the most specific scope that has it says. Source: containers-registries.d(5). */
function placesOf({ registriesD }: SignaturePolicy): Lookup["places"] {
  const files = Object.values(registriesD).map((text) => registriesSchema.parse(parseYaml(text) ?? {}));
  return (name) => {
    const specific = scopes(name).flatMap((scope) => files.flatMap(({ docker = {} }) => docker[scope] ?? []));
    const otherwise = files.flatMap((file) => file["default-docker"] ?? []);
    return [...specific, ...otherwise].map(ofToday).reduce<SignaturePlace>((known, one) => ({ ...one, ...known }), {});
  };
}

/** `sigstore` is what `lookaside` was called before: of a specific scope, it goes above the new word of a wider one. */
function ofToday({ sigstore, ...place }: SignaturePlace): SignaturePlace {
  return sigstore === undefined ? place : { lookaside: sigstore, ...place };
}

function byReason(found: readonly { readonly arch: Arch; readonly why: string }[]): [string, Arch[]][] {
  const reasons = new Map<string, Arch[]>();
  for (const { arch, why } of found) reasons.set(why, [...(reasons.get(why) ?? []), arch]);
  return [...reasons];
}
