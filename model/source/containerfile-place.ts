/** Where a Containerfile is: in the folder that the build sees, perhaps behind links there, or somewhere else. */
import { readlink } from "node:fs/promises";
import * as path from "node:path";
import { ContainerfileError } from "./instructions";

export interface ContainerfilePlace {
  /** Absolute, as podman is given it. An ignore file of its own stands beside it, whatever it links to. */
  readonly named: string;
  /** What the folder must have for it: each link on the way there, and last the file itself, unless that is outside. */
  readonly inside: readonly string[];
  /** It is not in the folder, or a link leads out of that: what it says goes to the worker, beside the folder. */
  readonly isOutside: boolean;
}

/** @param containerfile as the settings name it: absolute, or relative to the folder */
export async function placeOfContainerfile(folder: string, containerfile: string): Promise<ContainerfilePlace> {
  const named = path.resolve(folder, containerfile);
  const { files, leaves } = await followLinks(folder, path.relative(folder, named));
  return { named, inside: files, isOutside: leaves };
}

/** How a path of a Containerfile counts in the build key: where one outside of the folder stands differs from clone to clone. */
export async function nameOfContainerfile(folder: string, containerfile: string): Promise<string> {
  const { named, isOutside } = await placeOfContainerfile(folder, containerfile);
  const relative = path.relative(folder, named);
  if (isOutside && isOut(relative)) return outsideName(named);
  return path.isAbsolute(containerfile) ? relative : containerfile;
}

/** Of a member of a context that is beside the folder. */
export const outsideName = (file: string): string => `../${path.basename(file)}`;

const isOut = (relative: string): boolean => /^(\/|\.\.(\/|$))/.test(relative);

/** Linux follows no more. */
const MOST_LINKS = 40;

/** A path in the folder, and before it each link on the way there: the builder reads what is at the end. */
export async function followLinks(
  folder: string,
  relative: string,
): Promise<{ readonly files: readonly string[]; readonly leaves: boolean }> {
  if (isOut(relative)) return { files: [], leaves: true };
  const links: string[] = [];
  let file = relative;
  for (let next = await firstLink(folder, file); next !== undefined; next = await firstLink(folder, file)) {
    const { link, target, rest } = next;
    if (links.push(link) > MOST_LINKS)
      throw new ContainerfileError(`${path.join(folder, relative)} is a link that leads nowhere; put the file there`);
    file = path.posix.join(path.posix.dirname(link), target, rest);
    if (path.posix.isAbsolute(target) || isOut(file)) return { files: links, leaves: true };
  }
  return { files: [...links, file], leaves: false };
}

/** The file may be one, or a folder above it. */
async function firstLink(
  folder: string,
  file: string,
): Promise<{ readonly link: string; readonly target: string; readonly rest: string } | undefined> {
  const parts = file.split("/");
  for (let count = 1; count <= parts.length; count++) {
    const link = parts.slice(0, count).join("/");
    // One that is not there is said later, by its name.
    const target = await readlink(path.join(folder, link)).catch(() => undefined);
    if (target !== undefined) return { link, target, rest: parts.slice(count).join("/") };
  }
  return undefined;
}
