/** VPC's images: imported from an object, which is really read. */
import * as z from "zod";
import { bodyOf, made, nameSchema, nothing, ok, refuseTaken, type Answer, type ApiCall } from "./call";
import { readDisk, type Buckets } from "./disk";
import { page } from "./pages";
import { Refusal } from "./refusal";
import { OPERATING_SYSTEMS, type Entry, type World } from "./world";

/** Source: VPC's API reference, "Create an image": neither date is in the past, and images are deprecated before they are obsolete. */
const day = z.iso.datetime().refine((text) => Date.parse(text) > Date.now(), "the date must be in the future");
const prototype = z
  .strictObject({
    name: nameSchema.optional(),
    file: z.strictObject({ href: z.string() }),
    operating_system: z.strictObject({ name: z.string() }),
    resource_group: z.strictObject({ id: z.string() }).optional(),
    deprecation_at: day.optional(),
    obsolescence_at: day.optional(),
  })
  .refine(({ deprecation_at: first, obsolescence_at: then }) => !first || !then || first < then, {
    error: "deprecation_at must be earlier than obsolescence_at",
    path: ["deprecation_at"],
  });
const patch = z.strictObject({ name: nameSchema.optional() });

export function images(call: ApiCall, region: string, buckets: Buckets): Promise<Answer> | Answer {
  const { world, method, path } = call;
  const [, id, action] = path;
  if (action !== undefined) throw new Refusal(404, "not_found", "there is no such path");
  if (id === undefined) return method === "POST" ? create(call, region, buckets) : list(call, region);
  const entry = world.find("images", region, id);
  if (method === "GET") return ok(entry.json);
  if (entry.json["visibility"] === "public") throw new Refusal(403, "not_authorized", "the image is IBM's");
  if (method === "PATCH") {
    const { name } = bodyOf(patch, call);
    if (name !== undefined && name !== entry.json.name) {
      refuseTaken(world, "images", region, name);
      entry.json.name = name;
    }
    return ok(entry.json);
  }
  if (method !== "DELETE") throw new Refusal(405, "method_not_allowed", "no such method");
  if (entry.json["status"] === "deleting") throw new Refusal(409, "image_in_use", "the image is being deleted");
  entry.json["status"] = "deleting";
  Object.assign(entry, { pending: world.pendingReads, arrive: () => world.end(entry) });
  return nothing;
}

function list(call: ApiCall, region: string): Answer {
  const { world, query } = call;
  const found = world
    .all("images", region)
    .filter((entry) => world.read(entry))
    .map(({ json }) => json)
    .filter(({ name }) => query.get("name") === null || query.get("name") === name)
    .filter(({ visibility }) => query.get("visibility") === null || query.get("visibility") === visibility)
    .filter(({ status }) => query.get("status")?.split(",").includes(String(status)) ?? true);
  return page(call, "images", found);
}

async function create(call: ApiCall, region: string, buckets: Buckets): Promise<Answer> {
  const { world } = call;
  const {
    name = `random-${Date.now()}`,
    file,
    operating_system: system,
    resource_group: group,
  } = bodyOf(prototype, call);
  if (name.startsWith("ibm-"))
    throw new Refusal(400, "invalid_value", "names of custom images don't start with ibm-", "name");
  refuseTaken(world, "images", region, name);
  const known = OPERATING_SYSTEMS.find((one) => one.name === system.name);
  if (known?.allow_user_image_creation !== true) {
    throw new Refusal(400, "bad_field", `operating system ${system.name} can't be used`, "operating_system.name");
  }
  const [, location = "", bucket = "", key = ""] = /^cos:\/\/([^/]+)\/([^/]+)\/(.+)$/.exec(file.href) ?? [];
  if (!/\.(qcow2|vhd)$/.test(key)) throw new Refusal(400, "bad_field", "the file must be .qcow2 or .vhd", "file.href");
  const mayRead = world.readableBuckets.has("*") || world.readableBuckets.has(bucket);
  if (!mayRead) {
    throw new Refusal(400, "not_authorized", "the image service is not authorized to read the bucket", "file.href");
  }
  const source = buckets.file(location, bucket, key);
  if (source === undefined) throw new Refusal(400, "bad_field", `there is no ${file.href}`, "file.href");
  const entry = world.add(
    "images",
    region,
    name,
    {
      ...{ status: "pending", visibility: "private", operating_system: known, zones: [], file: {} },
      status_reasons: [{ code: "image_request_in_progress", message: "The image is being imported" }],
    },
    world.group(group),
  );
  const disk = await readDisk(source);
  await world.behind?.imported(entry, source);
  world.begin(entry, () => importDone(world, entry, disk));
  return made(entry.json);
}

const GB = 1e9;

function importDone(world: World, entry: Entry, disk: Awaited<ReturnType<typeof readDisk>>): void {
  const { json, region } = entry;
  const failure = world.failingImports.shift() ?? disk.problem;
  if (failure !== undefined) {
    Object.assign(json, { status: "failed", status_reasons: [failure] });
    return;
  }
  Object.assign(json, {
    ...{ status: "available", status_reasons: [], zones: world.zones(region).map((name) => ({ name })) },
    file: { size: Math.ceil(disk.bytes / GB), checksums: { sha256: disk.sha256 } },
    minimum_provisioned_size: Math.max(10, Math.ceil(disk.virtualBytes / GB)),
  });
}
