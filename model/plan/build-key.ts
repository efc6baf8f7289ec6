/** The build key: what decides a disk's bytes, as 64 hex digits. */
import { createHash } from "node:crypto";
import type { Arch } from "../../infra/words";
import { canonicalJson } from "./canonical";
import type { ContextIdentity, Identity, SourceIdentity } from "./types";

/** Raised when the same inputs come to mean another disk, e.g. because the agent adds something to every image. */
export const KEY_VERSION = 1;

export interface KeyInputs {
  readonly identity: Identity;
  readonly arch: Arch;
  readonly refresh: number;
}

/**
 * sha256 over the canonical JSON of everything that decides the bytes. What is only for people (the context's folder, the
 * name behind a digest that we pin) stays out, and so do worker size, targets and tags: changing them rebuilds nothing.
 */
export function buildKey({ identity, arch, refresh }: KeyInputs): string {
  const { builder, kind, packaged = [], rootfs, args, config } = identity.recipe;
  const inputs = canonicalJson({
    version: identity.keyVersion,
    source: sourceInputs(identity.source),
    from: identity.from,
    arch,
    disk: { builder: packaged.includes(arch) ? "package" : builder.digest, kind, rootfs, args, config },
    refresh,
  });
  return createHash("sha256").update(inputs).digest("hex");
}

function sourceInputs(source: SourceIdentity) {
  return source.kind === "context"
    ? {
        // What is not set is not in the text: the keys of before stay.
        ...{ context: source.hash, containerfile: source.containerfile, buildArgs: source.buildArgs },
        target: source.target,
        options: source.options && { ...source.options },
        contexts: source.contexts && contextInputs(source.contexts),
      }
    : { image: source.digest };
}

/** What each name stands for; folders by what is in them, wherever they are. */
export const contextInputs = (contexts: Readonly<Record<string, ContextIdentity>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(contexts).map(([name, one]) => [name, "image" in one ? one.image : one.hash]));
