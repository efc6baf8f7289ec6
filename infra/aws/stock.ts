/** The stock images that workers start from: whether they are there, what hides them, and when their owner takes them away. */
import type { Image } from "@aws-sdk/client-ec2";
import type { Finding } from "../platform";
import { allowedImages, hiddenBy, type AllowedImages } from "./allowed";
import { amiArchitecture, isAwsArch } from "./arch";
import type { Clients } from "./ask";
import type { AwsUse } from "./grants";
import { stockImage } from "./machines";
import { BUILD_TAG, OWNER_TAG, RESOURCE_TAG, STACK_TAG } from "../../provider/owner";
import { readTags } from "./provider/tags";
import { visible } from "./visible";

/** The stock image by path of the worker. */
export type Stock = ReadonlyMap<string, Image>;

/** Of every worker, wherever it is: a boot check in another region is tried with the same image there. */
export async function stockImages({ workers }: AwsUse, region: string, ec2: Clients["ec2"]): Promise<Stock> {
  const found = workers.map(async ({ path, arch, spec }) => {
    const image = await stockImage(ec2, spec.ami, isAwsArch(arch) ? amiArchitecture(arch) : arch);
    return image === undefined ? [] : [[path, image] as const];
  });
  return new Map((await Promise.all(found)).flat());
}

/** What hides an image is said instead, where something does. */
export async function missingImages(
  { workers }: AwsUse,
  region: string,
  ec2: Clients["ec2"],
  stock: Stock,
): Promise<Finding[]> {
  const missing = workers.filter(({ path, spec }) => spec.region === region && !stock.has(path));
  if (missing.length === 0) return [];
  const { value: allowed, problems } = await visible(region, () => allowedImages(ec2));
  const found = missing.map(async ({ path, arch, spec: { ami } }): Promise<Finding[]> => {
    const named = isAwsArch(arch) ? amiArchitecture(arch) : arch;
    const old = await visible(region, () => stockImage(ec2, ami, named, true));
    return [...old.problems, { path: `${path}.ami`, ...notFound(region, ami, allowed, old.value) }];
  });
  return [...problems, ...(await Promise.all(found)).flat()];
}

type Ami = Parameters<typeof noStockImage>[1];

function notFound(region: string, ami: Ami, allowed: AllowedImages | undefined, old: Image | undefined) {
  return (
    (old && outdated(region, ami, old)) ?? (allowed && hiddenBy(allowed, ami, region)) ?? noStockImage(region, ami)
  );
}

/** Its owner has deprecated it, or Amazon, as it does with public images after two years. */
function outdated(region: string, { owner, name }: Ami, { ImageId, DeprecationTime }: Image) {
  const since = DeprecationTime === undefined ? "" : ` since ${day(DeprecationTime)}`;
  return {
    problem: `${ImageId} in ${region}, the newest image of ${owner} named ${name}, is deprecated${since}: EC2 gives it to nobody who looks for one`,
    remedy: "name a newer release in ami",
  };
}

/** Whose tags we see: the rule for reviewers knows names alone, and a copy of an image may have another. */
export function ownImages({ workers }: AwsUse, region: string, stock: Stock): Finding[] {
  return workers.flatMap(({ path, spec }): Finding[] => {
    const { ImageId, Name = "", Tags } = stock.get(path) ?? {};
    const tags = readTags(Tags);
    if (spec.region !== region || !OUR_TAGS.some((tag) => Object.hasOwn(tags, tag))) return [];
    const problem = `${ImageId} (${Name}) in ${region} is an image that this program made: a build that starts from it trusts every build before it`;
    return [{ path: `${path}.ami`, problem, remedy: "name a distribution's stock image" }];
  });
}

const OUR_TAGS = [OWNER_TAG, STACK_TAG, RESOURCE_TAG, BUILD_TAG];

/** Time to name a newer one. */
const WARN_DAYS = 30;
const DAY_MS = 86_400_000;

/** A note while it can still be had. */
export function endingImages({ workers }: AwsUse, region: string, stock: Stock, now: Date): Finding[] {
  return workers.flatMap(({ path, spec }): Finding[] => {
    const { ImageId, DeprecationTime: at } = stock.get(path) ?? {};
    const left = at === undefined ? NaN : Date.parse(at) - now.getTime();
    if (spec.region !== region || at === undefined || !(left < WARN_DAYS * DAY_MS)) return [];
    const { owner, name } = spec.ami;
    const problem = `${ImageId} in ${region}, the newest image of ${owner} named ${name}, is deprecated from ${day(at)} on`;
    const remedy = "name a newer release in ami before that: EC2 gives a deprecated image to nobody who looks for one";
    return [{ path: `${path}.ami`, problem, remedy, note: true }];
  });
}

const day = (time: string): string => time.slice(0, "2026-01-01".length);

function noStockImage(region: string, { owner, name }: { readonly owner: string; readonly name: string }) {
  return {
    problem: `${region} has no image of ${owner} named ${name} for this architecture`,
    remedy: `look with "aws ec2 describe-images --region ${region} --owners ${owner}"`,
  };
}
