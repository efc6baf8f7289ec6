/** A tag is whatever its registry says today: production names the bytes. */
import { jobOf } from "../resource-facts";
import { rule } from "../rule";

export const buildersArePinned = rule({
  name: "builders-are-pinned",
  level: "advisory",
  description: "The image builder and the base images of a build are named by digest.",
  problems: (_facts, _options, seen) => {
    const { builder, source } = jobOf(seen);
    return [...unpinned("the image builder", at(builder, "image")), ...unpinned("the source", at(source, "reference"))];
  },
});

function at(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

function unpinned(what: string, reference: unknown): string[] {
  if (typeof reference !== "string" || reference.includes("@sha256:")) return [];
  return [`${what} ${reference} is named by a tag; write ${reference.replace(/:[^/:]*$/, "")}@sha256:DIGEST`];
}
