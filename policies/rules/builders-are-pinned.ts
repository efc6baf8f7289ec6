/** A tag is whatever its registry says today: production names the bytes. */
import { label, map, maps, type Props } from "../../infra/policy-facts";
import { isLoopback } from "../../model/settings/environment";
import { jobOf } from "../resource-facts";
import { rule } from "../rule";

export const buildersArePinned = rule({
  name: "builders-are-pinned",
  level: "advisory",
  description: "The image builder and the base images of a build are named by digest.",
  problems: (_facts, _options, seen) => {
    const { builder, source, provenance } = jobOf(seen);
    return [
      ...unpinned("the image builder", map(builder)["image"]),
      ...unpinned("the source", map(source)["reference"]),
      ...maps(map(provenance)["dependencies"]).flatMap(dependency),
    ];
  },
});

/** A worker is told digests of all it pulls: how people have named them stands where the disk comes from. */
function dependency({ uri, digest, name }: Props): string[] {
  const [, reference] = typeof uri === "string" ? (/^docker:\/\/(.*)$/.exec(uri) ?? []) : [];
  const { sha256 } = map(digest);
  return unpinned(label(name, "the base image"), reference, typeof sha256 === "string" ? sha256 : undefined);
}

/** What follows the name, where it is a digest of another form, or a tag: blanks are in neither. */
const DIGEST = /^\S+@sha256:[0-9a-f]{64}$/;

/** What is on this machine's own registry was put there by whoever runs this: no digest keeps anybody else out. */
function unpinned(what: string, reference: unknown, digest = "DIGEST"): string[] {
  if (typeof reference !== "string" || DIGEST.test(reference) || isLoopback(reference)) return [];
  const name = reference.replace(/\s*@.*$/s, "");
  const isTag = name === reference;
  const how = isTag
    ? "is named by a tag"
    : "is named by a tag: its @ is not followed, without a blank, by sha256 and 64 hex digits";
  return [`${what} ${reference} ${how}; write ${name.replace(/:[^/:]*$/, "")}@sha256:${digest}`];
}
