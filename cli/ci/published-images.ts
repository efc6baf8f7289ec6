/** Which images come, go or change, out of the steps of a preview: on every platform each is one component. */
import type { Step } from "./event-log";

/** See components/published-image.ts; its name is `IMAGE.PLACE`, see model/plan/reality.ts. */
const PUBLISHED_IMAGE = "builders:index:PublishedImage";

export interface ImageChange {
  readonly change: "new" | "removed" | "replaced" | "changed";
  readonly image: string;
  readonly places: readonly string[];
}

const ORDER: readonly ImageChange["change"][] = ["new", "replaced", "changed", "removed"];

/** One entry for each image and kind of change: what is new first, what goes last, by name within. */
export function publishedImages(steps: readonly Step[]): ImageChange[] {
  const places = new Map<string, { change: ImageChange["change"]; image: string; places: Set<string> }>();
  for (const step of steps) {
    const found = imageChange(step);
    if (!found) continue;
    // Names of images have no dots; those of places may.
    const dot = found.name.indexOf(".");
    const [image, where] = dot < 0 ? [found.name, ""] : [found.name.slice(0, dot), found.name.slice(dot + 1)];
    const place = found.place ?? where;
    const key = `${found.change} ${image}`;
    const entry = places.get(key) ?? { change: found.change, image, places: new Set<string>() };
    places.set(key, entry);
    if (place) entry.places.add(place);
  }
  const rank = ({ change, image }: { change: ImageChange["change"]; image: string }) => ORDER.indexOf(change) + image;
  return [...places.values()]
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
    .map((entry) => ({ ...entry, places: [...entry.places].sort() }));
}

interface Found {
  readonly change: ImageChange["change"];
  readonly name: string;
  readonly place?: string;
}

function imageChange({ op, type, parent, ...about }: Step): Found | undefined {
  if (type === PUBLISHED_IMAGE && op === "create") return { ...about, change: "new" };
  if (type === PUBLISHED_IMAGE && op === "delete") return { ...about, change: "removed" };
  // The component stays, what stands for the image in the cloud does not.
  if (parent?.type !== PUBLISHED_IMAGE) return undefined;
  if (op === "replace") return { ...parent, change: "replaced" };
  if (op === "update") return { ...parent, change: "changed" };
  return undefined;
}
