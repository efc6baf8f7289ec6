/** `source.contexts`: what a Containerfile finds under a name of its own, as `podman build --build-context` takes it. */
import * as z from "zod";
import { CONTEXT_NAME } from "../../contract/named-contexts";
import { isReference } from "../source/reference";
import type { NamedContextSettings } from "./types";

/** podman's three words for one thing. */
const IMAGE = /^(?:docker-image|container-image|docker):\/\/(.*)$/s;

function contextOf(value: string): NamedContextSettings | string {
  const reference = IMAGE.exec(value)?.[1];
  if (reference !== undefined) {
    if (isReference(reference)) return { kind: "image", reference };
    return `${JSON.stringify(reference)} is not an image reference with its registry; write docker-image://REGISTRY/NAME:TAG`;
  }
  const scheme = /^([a-z][\w+.-]*:\/\/|git@)/i.exec(value)?.[1];
  if (scheme === undefined) return { kind: "folder", folder: value };
  return /^https?:/i.test(scheme)
    ? "is an address, and what is there differs from day to day; download it into a folder, and name that"
    : `${scheme} is nothing that podman takes; name a folder, or docker-image://REGISTRY/NAME:TAG`;
}

function nameProblem(name: string): string | undefined {
  if (!CONTEXT_NAME.test(name)) return 'write letters, digits, "_", ".", "-", "/", ":" and "@", no number alone';
  return name === "scratch" ? "FROM scratch stays what it is; choose another name" : undefined;
}

export const namedContextsSchema: z.ZodType<Readonly<Record<string, NamedContextSettings>>> = z
  .record(z.string(), z.string().min(1, "name a folder, or an image: docker-image://REGISTRY/NAME:TAG"))
  .transform((written, context) =>
    Object.fromEntries(
      Object.entries(written).map(([name, value]): [string, NamedContextSettings] => {
        const problem = nameProblem(name);
        const found = contextOf(value);
        const refuse = (message: string): void => {
          context.addIssue({ code: "custom", path: [name], message });
        };
        if (problem !== undefined) refuse(`${JSON.stringify(name)} can't be a name of a context; ${problem}`);
        if (typeof found !== "string") return [name, found];
        refuse(found);
        return [name, { kind: "folder", folder: value }];
      }),
    ),
  );
