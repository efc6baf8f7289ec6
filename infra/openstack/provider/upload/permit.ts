/** What a worker puts the bytes of one image with: a credential that can do that and no more, and ends. */
import { randomBytes } from "node:crypto";
import { messageOf } from "../../../../contract/message-of";
import { UserError } from "../../../../contract/user-error";
import type { Cloud } from "../cloud/cloud";
import { credentialsOf, type Rule } from "../cloud/credentials";
import { glanceOf, withoutVersion } from "../cloud/glance";

export interface Target {
  readonly imageId: string;
  /** Glance's address as the worker reaches it, without the version. */
  readonly address: string;
}

/** @param endpoint what settings say of workers. @default as it is reached from here */
export async function targetOf(cloud: Cloud, imageId: string, endpoint: string | undefined): Promise<Target> {
  return { imageId, address: withoutVersion(endpoint ?? (await glanceOf(cloud).address())) };
}

/** Where the bytes go. */
export function fileUrl({ address, imageId }: Target): string {
  return `${address}/v2/images/${encodeURIComponent(imageId)}/file`;
}

/** The name of a credential says which image it is for: what a killed run has left of them is found by it. */
function nameOf(imageId: string): string {
  return `copr-builders-upload-${imageId}-`;
}

/** A service that lies under a path of its host sees that path or not, by how its server is set up: both are this one call. */
function rulesOf({ imageId, address }: Target): readonly Rule[] {
  const under = new URL(address).pathname.replace(/\/+$/, "");
  const path = new URL(fileUrl({ imageId, address: "http://glance" })).pathname;
  return [...new Set([path, `${under}${path}`])].map((one) => ({ service: "image", method: "PUT", path: one }));
}

/**
 * The cloud as who may put these bytes, and nothing else, until it is withdrawn.
 * @param endsAt milliseconds since 1970
 */
export async function permit(cloud: Cloud, target: Target, endsAt: number): Promise<Cloud> {
  const credentials = credentialsOf(cloud);
  const { id, secret } = await credentials.create({
    name: `${nameOf(target.imageId)}${randomBytes(4).toString("hex")}`,
    description: "Lets a worker of copr-builders put the bytes of one image",
    ...{ endsAt, rules: rulesOf(target) },
  });
  return cloud.as({ method: "application_credential", credential: { id }, secret });
}

/** Ends it, and the tokens that were had with it: of this run, and of one that was killed. */
export async function withdraw(cloud: Cloud, target: Target): Promise<void> {
  await credentialsOf(cloud).remove(nameOf(target.imageId), rulesOf(target));
}

/** Why a worker can't be let put a disk into Glance, as far as it is known without changing anything. */
export async function whyNot(cloud: Cloud): Promise<string | undefined> {
  const { tls, from } = cloud.access;
  if (tls.ca !== undefined || tls.cert !== undefined || !tls.verify)
    return `${from} has certificates of its own for the cloud (cacert, cert, verify), which workers do not have`;
  if ((await cloud.token()).restricted)
    return `the application credential of ${from} is not unrestricted, and can make none for a worker`;
  if (!(await credentialsOf(cloud).areServed())) return "the cloud's Keystone serves no access rules to this user";
  return undefined;
}

const TRIAL_MS = 15 * 60_000;
/** What Glance says to bytes of another type, before it looks at the image. */
const WRONG_TYPE = 415;
const ANY_REFUSAL = [400, 401, 403, 404, 405, 409, 411, 413, WRONG_TYPE];

/**
 * The same, by doing it: makes such a credential, sees that Glance lets it put bytes and nothing else, and takes it away.
 * @param target an image that is queued
 */
export async function tryOut(cloud: Cloud, target: Target, now: number): Promise<string | undefined> {
  try {
    try {
      const worker = await permit(cloud, target, now + TRIAL_MS);
      return await tried(worker, fileUrl(await targetOf(cloud, target.imageId, undefined)));
    } finally {
      await withdraw(cloud, target);
    }
  } catch (error) {
    if (error instanceof UserError) return messageOf(error).split("\n")[0];
    throw error;
  }
}

async function tried(worker: Cloud, file: string): Promise<string | undefined> {
  const read = await worker.ask(file.replace(/\/file$/, ""), { accept: ANY_REFUSAL });
  if (read.status !== 401 && read.status !== 403) return "its Glance does not keep a credential to its access rules";
  const put = await worker.ask(file, { method: "PUT", json: {}, accept: ANY_REFUSAL });
  return put.status === WRONG_TYPE ? undefined : `its Glance takes no credential with access rules (${put.status})`;
}
