/** What may change of an image whose bytes stay: who sees it, what Nova is told, whose it is. */
import type { Change, Glance, GlanceImage } from "../cloud/glance";
import { ownerMarks, SUM_MARK, sumOf } from "../marks";
import type { Args } from "./args";

type Wanted = Pick<Args, "owner" | "properties" | "visibility" | "members" | "protected">;

/** What was asked for last time, as far as only that may be taken away. */
export type Before = Pick<Args, "properties" | "protected">;

/** Of an image that is made just now, nothing was asked for. */
const NOTHING: Before = { properties: {}, protected: false };

/**
 * Brings it to what is wanted. Properties that were asked for last time and are not any more are taken away, and so is our own
 * protection: that of somebody else stays.
 */
export async function changeImage(glance: Glance, image: GlanceImage, wanted: Wanted, before = NOTHING): Promise<void> {
  const { id } = image;
  // Its marks first: that it is whole stays true where the cloud refuses to show it to others.
  await changed(glance, id, marksOf(image, wanted, before.properties));
  // Only an image that is shared has members: Glance refuses even to list those of another one.
  const known = image.visibility === "shared" ? await glance.members(id) : [];
  const members = wanted.visibility === "shared" ? wanted.members : [];
  for (const member of known.filter((one) => !members.includes(one))) await glance.removeMember(id, member);
  await changed(glance, id, shownTo(image, wanted, before));
  for (const member of members.filter((one) => !known.includes(one))) await glance.addMember(id, member);
}

async function changed(glance: Glance, id: string, changes: readonly Change[]): Promise<void> {
  if (changes.length > 0) await glance.change(id, changes);
}

function marksOf(
  image: GlanceImage,
  { owner, properties }: Wanted,
  before: Readonly<Record<string, string>>,
): readonly Change[] {
  const sum = sumOf(image);
  const wanted = { ...properties, ...ownerMarks(owner), ...(sum === undefined ? {} : { [SUM_MARK]: sum }) };
  const gone = Object.keys(before).filter((name) => !(name in wanted) && name in image);
  return [...gone.map((name): Change => ({ op: "remove", path: pathOf(name) })), ...differing(image, wanted)];
}

function shownTo(image: GlanceImage, wanted: Wanted, before: Before): readonly Change[] {
  const isProtected = wanted.protected || (image.protected && !before.protected);
  return differing(image, { visibility: wanted.visibility, protected: isProtected });
}

/** What makes the fields and properties what is wanted. */
export function differing(image: GlanceImage, wanted: Readonly<Record<string, unknown>>): Change[] {
  return Object.entries(wanted)
    .filter(([name, value]) => image[name] !== value)
    .map(([name, value]) => ({ op: "add", path: pathOf(name), value }));
}

/** JSON pointer: RFC 6901. */
function pathOf(name: string): string {
  return `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
