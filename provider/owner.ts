/**
 * Whose a thing is. Every stack has an identity of its own, and whatever it makes anywhere carries it: in tags, in names, in
 * folders of the store, in a file beside a volume. Deleting removes only what the deleting resource still owns.
 */
import { z } from "zod";

/** An identity: random, made once for a stack, whatever that is called later. Fits into every name that we give. */
export const IDENTITY = /^[a-z2-7]{12}$/;

export const identitySchema = z.string().regex(IDENTITY, "must be the identity of a stack: 12 of a-z and 2-7");

/** Tag of the identity, where things have tags. */
export const OWNER_TAG = "copr-builders-owner";

/**
 * Tag of the stack's name, where things have tags: not who owns a thing, since two stacks may be called alike, but what the
 * generated policies go by.
 */
export const STACK_TAG = "copr-builders-stack";

/** Tag of the build that is in a thing, where things have tags: 64 hex digits. */
export const BUILD_TAG = "build-key";

/** Tag of the resource that owns a thing among those of its stack, where it matters which of them does. */
export const RESOURCE_TAG = "copr-builders-resource";

/** Tag of the run that made a thing again, or took it for good when it was to be made again: whoever was told otherwise lets it be. */
export const AGAIN_TAG = "copr-builders-again";

/** Tag of where the disk in a thing comes from: the provenance's object in the store, and its sha256. */
export const PROVENANCE_TAG = "copr-builders-provenance";
/** Of the sha256 alone, where a tag has no room for more. */
export const PROVENANCE_SHA256_TAG = "copr-builders-provenance-sha256";

/** The owner of one thing: a resource of a stack. */
export interface Owner {
  /** Identity of the stack. */
  readonly identity: string;
  /** Name of the resource, e.g. `copr-builder-x86_64-g1-48c53dea.libvirt-5f1a...`. */
  readonly resource: string;
}

export const ownerSchema = z.object({ identity: identitySchema, resource: z.string().min(1) });
