/** What things of ours are called in IBM Cloud, and the marks on them. */
import { createHash } from "node:crypto";
import { AGAIN_TAG, BUILD_TAG, OWNER_TAG, RESOURCE_TAG, STACK_TAG, type Owner } from "../../../provider/owner";
import { sameText, type Tags } from "./tagging";

/** Of every name. Source: VPC's API reference, `name` of any prototype. */
export const NAME = /^([a-z]|[a-z][-a-z0-9]{0,61}[a-z0-9])$/;

/** What an image is called: IBM's names have no dot, no underscore and no capital. */
export function imageNameOf(planned: string): string {
  return planned.toLowerCase().replaceAll(/[._]/g, "-");
}

/**
 * What it is called until it is whole: whose it is stands in the name, since tags come by a second request. Nobody else would
 * take such a name, and an image has its own only once it can be used.
 */
export function unfinishedName({ identity, resource }: Owner): string {
  return `copr-builders-${identity}-${digits(resource)}`;
}

/**
 * Base of the names of one temporary machine's things. Every list shows by it whose they are.
 * @param physical name of the inner stack with that of the machine
 */
export function machineName(identity: string, physical: string): string {
  return `copr-builders-${identity}-${digits(physical)}`;
}

/** The identity that such a name has; undefined for any other name. */
export function identityIn(name: string): string | undefined {
  return /^copr-builders-([a-z2-7]{12})-/.exec(name)?.[1];
}

/** Tag with the full name of a temporary machine: that of its stack first. For people; what does not fit is cut off. */
export const MACHINE_TAG = "machine";
/** Of a tag, `name:value`. Source: IBM's guide "Working with tags". */
const MOST_CHARACTERS = 128;

export function machineTag(physical: string): Tags {
  return { [MACHINE_TAG]: physical.slice(0, MOST_CHARACTERS - MACHINE_TAG.length - 1) };
}

/** Source: IBM's guide "Working with tags". */
export const TAG = /^[A-Za-z0-9 _.-]{1,40}$/;
export const TAG_VALUE = /^[A-Za-z0-9 _.:-]{0,80}$/;

export interface ImageMarks {
  readonly stack: string;
  readonly owner: Owner;
  readonly key: string;
  /** @default none */
  readonly again?: string | undefined;
  /** Of the settings; ours win. */
  readonly tags: Tags;
}

export function imageTags({ stack, owner, key, again, tags }: ImageMarks): Tags {
  return {
    ...tags,
    [STACK_TAG]: stack,
    [OWNER_TAG]: owner.identity,
    [RESOURCE_TAG]: owner.resource,
    [BUILD_TAG]: key,
    ...(again === undefined ? {} : { [AGAIN_TAG]: again }),
  };
}

/** Does it say that it is of this owner? */
export function isMarkedAs(tags: Tags, { identity, resource }: Owner): boolean {
  return sameText(tags[OWNER_TAG], identity) && sameText(tags[RESOURCE_TAG] ?? resource, resource);
}

function digits(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
