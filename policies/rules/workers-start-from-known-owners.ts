/** A build that starts from an image of our own trusts every build before it. */
import { Later, type WorkerBase } from "../../infra/policy-facts";
import { workersOf } from "../resource-facts";
import { rule, TEXTS } from "../rule";

/** What our images' names begin with. */
const OURS = "copr-builder-";

interface Options {
  readonly owners?: readonly string[];
}

export const workersStartFromKnownOwners = rule<Options>({
  name: "workers-start-from-known-owners",
  description: "Workers start from a distribution's images, of owners that the stack knows, and never from ours.",
  options: { owners: TEXTS },
  problems: (_facts, { owners }, seen) =>
    workersOf(seen).flatMap(({ room, spec }) => wrong(room.name, room.policyView.base(spec), owners)),
});

function wrong(platform: string, base: WorkerBase, owners: readonly string[] | undefined): string[] {
  if (base.kind === "machine") return [];
  const { owner } = base;
  const name = typeof base.name === "string" ? base.name : "an image that is not known yet";
  if (owner === "self" || isOurs(name)) {
    return [`its worker on ${platform} starts from ${name}, an image of our own; write a distribution's stock image`];
  }
  if (!("owner" in base) || owner instanceof Later || owners === undefined) return [];
  if (owner !== undefined && owners.includes(owner)) return [];
  const what = owner === undefined ? "does not say whose image it starts from" : `starts from an image of ${owner}`;
  return [`its worker on ${platform} ${what}; write one of ${owners.join(", ")}`];
}

/** May an image of ours be meant? Clouds take `*` for any text, and `?` for any character; a volume may be in a folder. */
function isOurs(named: string): boolean {
  const name = named.replace(/^.*\//, "");
  const [start = "", ...more] = name.split("*");
  if (start === "") return name.includes(OURS);
  const isAlike = (letter: string, at: number) =>
    at < start.length ? start[at] === letter || start[at] === "?" : more.length > 0;
  return Array.from(OURS).every(isAlike);
}
