/** Where an image is named, for messages: a person looks there first. */
import * as path from "node:path";
import type { Arch } from "../../infra/words";
import type { BuildSettings, SourceSettings } from "../settings/types";
import type { ContainerfileNeeds } from "./containerfile";

/** `images/x/Containerfile, line 3`, `source.image` or `disk.builder.image`: the first that names it. */
export function namedIn(
  { source }: Pick<BuildSettings, "source">,
  needs: Readonly<Partial<Record<Arch, ContainerfileNeeds>>>,
  reference: string,
): string {
  if (source.kind === "image") return source.image === reference ? "source.image" : BUILDER;
  const lines = Object.values(needs).flatMap(({ images }) =>
    images.flatMap((image) => (image.reference === reference ? [image.line] : [])),
  );
  return lines.length === 0 ? BUILDER : lineOf(source, Math.min(...lines));
}

export const BUILDER = "disk.builder.image";

export function lineOf({ context, containerfile }: Extract<SourceSettings, { kind: "context" }>, line: number): string {
  return `${path.join(context, containerfile)}, line ${line}`;
}
