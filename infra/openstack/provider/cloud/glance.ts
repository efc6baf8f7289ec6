/** Glance v2: images, their bytes, and who may see them. */
import { z } from "zod";
import { UserError } from "../../../../contract/user-error";
import { type Cloud, readAnswer } from "./cloud";
import type { Streamed } from "./transport";

/** What is not named here is a property of the image: a text. */
export const imageSchema = z.looseObject({
  id: z.string(),
  name: z.string().nullish(),
  status: z.string(),
  owner: z.string().nullish(),
  visibility: z.string(),
  protected: z.boolean().default(false),
  size: z.number().nullish(),
  /** Of the disk that is in it, bytes: more than `size` where its format is a sparse or compressed one. */
  virtual_size: z.number().nullish(),
  /** GiB. */
  min_disk: z.number().nullish(),
  /** MiB. */
  min_ram: z.number().nullish(),
  /** md5: all that a Glance from before 2018 has. */
  checksum: z.string().nullish(),
  os_hash_algo: z.string().nullish(),
  os_hash_value: z.string().nullish(),
  created_at: z.string().optional(),
});
export type GlanceImage = z.output<typeof imageSchema>;

const pageSchema = z.object({ images: z.array(imageSchema), next: z.string().optional() });
const membersSchema = z.object({ members: z.array(z.object({ member_id: z.string(), status: z.string() })) });
const rootSchema = z.object({ versions: z.array(z.object({ id: z.string(), status: z.string() })) });
const usageSchema = z.object({ usage: z.record(z.string(), z.object({ limit: z.number(), usage: z.number() })) });

export type Visibility = "private" | "shared" | "community" | "public";

export interface NewImage {
  readonly id: string;
  readonly name: string;
  readonly disk_format: "raw" | "qcow2";
  readonly container_format: "bare";
  readonly visibility: Visibility;
  /** GiB. */
  readonly min_disk: number;
  readonly [property: string]: unknown;
}

export interface Change {
  readonly op: "add" | "replace" | "remove";
  /** Of a field or property, with the slash before it. */
  readonly path: string;
  readonly value?: unknown;
}

export interface Glance {
  /** Where it is: the same address is the same service. */
  address(): Promise<string>;
  /** `v2.15`, the newest. */
  version(): Promise<string>;
  /** Id of the project that images are made in. */
  project(): Promise<string>;
  /** Is it of that project, and not of one that shares it with us? */
  isHere(image: GlanceImage): Promise<boolean>;
  /** All of the own project that have these values: what others share, or an administrator sees, is not among them. */
  list(having: Readonly<Record<string, string>>): Promise<readonly GlanceImage[]>;
  /** All that have these values, whose they may be: public ones, and shared ones that were accepted, too. */
  listAll(having: Readonly<Record<string, string>>): Promise<readonly GlanceImage[]>;
  get(id: string): Promise<GlanceImage | undefined>;
  /** Undefined if an image has, or had, this id. */
  create(image: NewImage): Promise<GlanceImage | undefined>;
  /** The bytes of an image that is queued. */
  put(id: string, stream: Streamed, signal: AbortSignal): Promise<void>;
  change(id: string, changes: readonly Change[]): Promise<GlanceImage>;
  /** What is gone is deleted. */
  delete(id: string): Promise<void>;
  members(id: string): Promise<readonly string[]>;
  addMember(id: string, project: string): Promise<void>;
  removeMember(id: string, project: string): Promise<void>;
  /** Limits and what is used of them; undefined where the cloud counts nothing. */
  usage(): Promise<Readonly<Record<string, { readonly limit: number; readonly usage: number }>> | undefined>;
}

const PATCH_TYPE = "application/openstack-images-v2.1-json-patch";
const PAGE = "200";
const MOST_PAGES = 500;

export function glanceOf(cloud: Cloud): Glance {
  let found: Promise<{ readonly address: string; readonly version: string }> | undefined;
  const here = () => {
    found ??= findVersion(cloud);
    found.catch(() => (found = undefined));
    return found;
  };
  const url = async (path: string) => `${(await here()).address}/v2${path}`;
  const image = async (id: string) => url(`/images/${encodeURIComponent(id)}`);

  const project = async () => (await cloud.token()).project?.id ?? "";
  const listAll = async (having: Readonly<Record<string, string>>): Promise<readonly GlanceImage[]> => {
    const query = new URLSearchParams({ ...having, limit: PAGE });
    const wanted = Object.entries(having);
    const images: GlanceImage[] = [];
    let next: string | undefined = `/v2/images?${query.toString()}`;
    for (let page = 0; next !== undefined; page += 1) {
      if (page >= MOST_PAGES) throw new Error(`Glance's list of images has more than ${MOST_PAGES} pages`);
      // Answers name the next page by its path, or by an address that a proxy may have made wrong: the token goes to no other one.
      const { address } = await here();
      const { search } = new URL(next, address);
      const answer: z.output<typeof pageSchema> = await cloud.read(pageSchema, `${address}/v2/images${search}`);
      // Who does not know a filter answers as if it had not been asked for.
      images.push(...answer.images.filter((one) => wanted.every(([name, value]) => one[name] === value)));
      next = answer.next;
    }
    return images;
  };

  return {
    address: async () => (await here()).address,
    version: async () => (await here()).version,
    project,
    isHere: async ({ owner }) => owner === (await project()),
    list: async (having) => listAll({ ...having, owner: await project() }),
    listAll,
    get: async (id) => {
      const address = await image(id);
      const { status, text } = await cloud.ask(address, { accept: [404] });
      return status === 404 ? undefined : readAnswer(imageSchema, address, text);
    },
    create: async (json) => {
      const address = await url("/images");
      const { status, text } = await cloud.ask(address, { method: "POST", json, again: true, accept: [409] });
      return status === 409 ? undefined : readAnswer(imageSchema, address, text);
    },
    put: async (id, stream, signal) => {
      await cloud.ask(`${await image(id)}/file`, { method: "PUT", stream, signal });
    },
    change: async (id, json) =>
      cloud.read(imageSchema, await image(id), { method: "PATCH", json, type: PATCH_TYPE, again: true }),
    delete: async (id) => {
      await cloud.ask(await image(id), { method: "DELETE", accept: [404] });
    },
    members: async (id) => {
      const { members } = await cloud.read(membersSchema, `${await image(id)}/members`);
      return members.map(({ member_id: member }) => member);
    },
    addMember: async (id, member) => {
      await cloud.ask(`${await image(id)}/members`, { method: "POST", json: { member }, again: true, accept: [409] });
    },
    removeMember: async (id, member) => {
      const path = `${await image(id)}/members/${encodeURIComponent(member)}`;
      await cloud.ask(path, { method: "DELETE", accept: [404] });
    },
    usage: async () => {
      const answer = await cloud.ask(await url("/info/usage"), { accept: [403, 404] });
      return answer.status === 200 ? usageSchema.parse(JSON.parse(answer.text)).usage : undefined;
    },
  };
}

/** Glance's address, however it is written: with a version, with slashes at its end, or plain. */
export function withoutVersion(address: string): string {
  return address.replace(/\/+$/, "").replace(/\/+v\d+(\.\d+)?$/i, "");
}

const CLOSED: readonly number[] = [403, 404, 405];

async function findVersion(cloud: Cloud): Promise<{ readonly address: string; readonly version: string }> {
  const address = withoutVersion(await cloud.endpoint("image"));
  const { status, text } = await cloud.ask(`${address}/`, { accept: [300, ...CLOSED] });
  // A proxy may let nobody see the root: what is behind it is seen by the calls that follow.
  if (CLOSED.includes(status)) return { address, version: "v2" };
  const { versions } = readAnswer(rootSchema, `${address}/`, text);
  const newest = versions.filter(({ id }) => /^v2(\.|$)/.test(id)).sort((a, b) => minor(b.id) - minor(a.id))[0];
  if (newest === undefined) {
    throw new UserError(
      `${address} serves images ${versions.map(({ id }) => id).join(", ")}, and not version 2, which is needed`,
    );
  }
  return { address, version: newest.id };
}

function minor(version: string): number {
  return Number(version.split(".")[1] ?? 0);
}
