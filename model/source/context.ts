/** The build context: the files that a build can see, and their hash. */
import { UserError } from "../../contract/user-error";
import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import * as path from "node:path";
import { pipeline } from "node:stream/promises";
import { readIgnoreRules, type IgnoreRules } from "./ignore-file";
import { ContainerfileError } from "./instructions";

/** One member of a context. Owner and times are none of the build's business, and other folders follow from what is in them. */
export type ContextFile =
  | { readonly kind: "file"; readonly path: string; readonly executable: boolean }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  /** An empty folder: a COPY makes it, too. */
  | { readonly kind: "folder"; readonly path: string };

/**
 * Every file that the build can see, committed or not, sorted by the bytes of its path (relative, with `/`).
 * The Containerfile and the ignore file always are among them: the worker needs both.
 * @throws if the folder or the Containerfile is not there, or something in it is no file, folder or link
 */
export async function contextFiles(folder: string, containerfile = "Containerfile"): Promise<ContextFile[]> {
  if (/^(\/|\.\.(\/|$))/.test(path.posix.normalize(containerfile))) {
    throw new ContainerfileError(
      `source.containerfile: ${containerfile} is outside of ${folder}, and no worker has more than that folder; ` +
        "move it there, or name the folder above in source.context",
    );
  }
  const rules = await readIgnoreRules(folder, containerfile);
  const named = await linkedFiles(folder, path.posix.normalize(containerfile));
  const always = new Set([...named, ...(rules.file === undefined ? [] : [rules.file])]);
  const files = await walk(folder, "", rules, always);
  if (!files.some((file) => file.path === named.at(-1))) {
    throw new UserError(
      `${path.join(folder, containerfile)} is not there; name the Containerfile in source.containerfile`,
    );
  }
  return files.sort((a, b) => compareBytes(a.path, b.path));
}

/** A context as it was when somebody looked. */
export interface ContextDigest {
  /** sha256 over path, kind, executable bit and content or target of every file, hex. */
  readonly hash: string;
  /** By path, what tells that file from another: to say later which one has changed. */
  readonly files: Readonly<Record<string, string>>;
}

/** The Containerfile's own place, and before it each link on the way there: the builder reads what is at the end. */
async function linkedFiles(folder: string, containerfile: string): Promise<string[]> {
  const links: string[] = [];
  let file = containerfile;
  for (let next = await firstLink(folder, file); next !== undefined; next = await firstLink(folder, file)) {
    const { link, target, rest } = next;
    file = path.posix.join(path.posix.dirname(link), target, rest);
    if (path.posix.isAbsolute(target) || file.startsWith("../")) {
      throw new ContainerfileError(
        `${path.join(folder, containerfile)} is a link to ${target}, outside of the folder, which no worker has; copy it there`,
      );
    }
    if (links.push(link) > MOST_LINKS)
      throw new ContainerfileError(
        `${path.join(folder, containerfile)} is a link that leads nowhere; put the file there`,
      );
  }
  return [...links, file];
}

/** Linux follows no more. */
const MOST_LINKS = 40;

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

export async function digestContext(folder: string, containerfile = "Containerfile"): Promise<ContextDigest> {
  const digest = new DigestBuilder();
  for (const file of await contextFiles(folder, containerfile)) {
    digest.add(file, file.kind === "file" ? await hashFile(path.join(folder, file.path)) : "");
  }
  return digest.done();
}

/** Enough that no two states of one file are taken for one another. */
const SHORT_DIGITS = 12;

/** Adds up a digest, file by file in any order. */
export class DigestBuilder {
  private readonly lines = new Map<string, string>();

  /** @param sha256 of the content of a file, hex */
  add(file: ContextFile, sha256: string): void {
    // One JSON line each: no path can look like the end of another member.
    this.lines.set(file.path, `${JSON.stringify([file.kind, file.path, ...contentOf(file, sha256)])}\n`);
  }

  done(): ContextDigest {
    const lines = [...this.lines].sort(([a], [b]) => compareBytes(a, b));
    const hash = createHash("sha256");
    for (const [, line] of lines) hash.update(line);
    const short = (line: string) => createHash("sha256").update(line).digest("hex").slice(0, SHORT_DIGITS);
    return { hash: hash.digest("hex"), files: Object.fromEntries(lines.map(([file, line]) => [file, short(line)])) };
  }
}

function contentOf(file: ContextFile, sha256: string): readonly [boolean, string] {
  switch (file.kind) {
    case "file":
      return [file.executable, sha256];
    case "link":
      return [false, file.target];
    case "folder":
      return [false, ""];
  }
}

const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** @param pruned nothing inside is taken but what always is */
async function walk(
  folder: string,
  inside: string,
  rules: IgnoreRules,
  always: ReadonlySet<string>,
  pruned = false,
): Promise<ContextFile[]> {
  const found: ContextFile[] = [];
  for (const name of await list(folder, inside)) {
    const relative = inside === "" ? name : `${inside}/${name}`;
    const absolute = path.join(folder, relative);
    const ignored = (pruned || rules.ignores(relative)) && !always.has(relative);
    const stats = await statsOf(absolute);
    if (stats === undefined && ignored) continue;
    if (stats?.isDirectory()) {
      const needed = [...always].some((file) => file.startsWith(`${relative}/`));
      const prunes = pruned || (ignored && rules.prunes(relative));
      // One whose files are all ignored is not empty: it comes and goes with what nobody sees.
      if (!ignored && (await list(folder, relative)).length === 0) found.push({ kind: "folder", path: relative });
      else if (!prunes || needed) found.push(...(await walk(folder, relative, rules, always, prunes)));
    } else if (!ignored) found.push(await member(absolute, relative, stats));
  }
  return found;
}

/** Undefined for a name that node can't give back to the system: it isn't UTF-8. */
async function statsOf(absolute: string): Promise<Stats | undefined> {
  try {
    return await lstat(absolute);
  } catch (error) {
    if (absolute.includes("\uFFFD") && (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function list(folder: string, inside: string): Promise<string[]> {
  try {
    return await readdir(path.join(folder, inside));
  } catch (cause) {
    throw new UserError(`${path.join(folder, inside)} can't be read; source.context must be a folder`, { cause });
  }
}

async function member(absolute: string, relative: string, stats: Stats | undefined): Promise<ContextFile> {
  if (stats === undefined)
    throw new UserError(`${absolute}: its name is not UTF-8; rename it, or name its folder in .containerignore`);
  if (stats.isSymbolicLink()) return { kind: "link", path: relative, target: await readlink(absolute) };
  if (!stats.isFile())
    throw new UserError(`${absolute} is no file, folder or link; remove it, or name it in .containerignore`);
  return { kind: "file", path: relative, executable: (stats.mode & 0o111) !== 0 };
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(file), hash);
  } catch (cause) {
    throw new UserError(`${file} can't be read; make it readable, or name it in .containerignore`, { cause });
  }
  return hash.digest("hex");
}
