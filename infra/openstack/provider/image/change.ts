/** What may change of an image whose bytes stay: who sees it, what Nova is told, whose it is. */
import type { Change, Glance, GlanceImage } from "../cloud/glance";
import { ownerMarks, SUM_MARK, sumOf } from "../marks";
import type { Args } from "./args";

type Wanted = Pick<Args, "owner" | "properties" | "visibility" | "members" | "protected">;

/**
 * Brings it to what is wanted.
 * @param before properties that were asked for last time: those that are not any more are taken away
 */
export async function changeImage(
  glance: Glance,
  image: GlanceImage,
  wanted: Wanted,
  before: Readonly<Record<string, string>> = {},
): Promise<void> {
  // Its marks first: that it is whole stays true where the cloud refuses to show it to others.
  for (const changes of [marksOf(image, wanted, before), shownTo(image, wanted)]) {
    if (changes.length > 0) await glance.change(image.id, changes);
  }
  const known = wanted.visibility === "shared" || image.visibility === "shared" ? await glance.members(image.id) : [];
  const members = wanted.visibility === "shared" ? wanted.members : [];
  for (const member of members.filter((one) => !known.includes(one))) await glance.addMember(image.id, member);
  for (const member of known.filter((one) => !members.includes(one))) await glance.removeMember(image.id, member);
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

function shownTo(image: GlanceImage, { visibility, protected: isProtected }: Wanted): readonly Change[] {
  return differing(image, { visibility, protected: isProtected });
}

function differing(image: GlanceImage, wanted: Readonly<Record<string, unknown>>): Change[] {
  return Object.entries(wanted)
    .filter(([name, value]) => image[name] !== value)
    .map(([name, value]) => ({ op: "add", path: pathOf(name), value }));
}

/** JSON pointer: RFC 6901. */
function pathOf(name: string): string {
  return `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
