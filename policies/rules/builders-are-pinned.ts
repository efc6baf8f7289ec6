/** A tag is whatever its registry says today: production names the bytes. */
import { map } from "../../infra/policy-facts";
import { jobOf } from "../resource-facts";
import { rule } from "../rule";

export const buildersArePinned = rule({
  name: "builders-are-pinned",
  level: "advisory",
  description: "The image builder and the base images of a build are named by digest.",
  problems: (_facts, _options, seen) => {
    const { builder, source } = jobOf(seen);
    return [
      ...unpinned("the image builder", map(builder)["image"]),
      ...unpinned("the source", map(source)["reference"]),
    ];
  },
});

function unpinned(what: string, reference: unknown): string[] {
  if (typeof reference !== "string" || reference.includes("@sha256:")) return [];
  return [`${what} ${reference} is named by a tag; write ${reference.replace(/:[^/:]*$/, "")}@sha256:DIGEST`];
}
