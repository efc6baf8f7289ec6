/** The build context: the files that a build can see, and their hash. */
import { UserError } from "../../contract/user-error";
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import * as path from "node:path";
import { followLinks, outsideName, placeOfContainerfile } from "./containerfile-place";
import { DigestCache } from "./digest-cache";
import { readIgnoreRules, type IgnoreRules } from "./ignore-file";
import { readFiles, type Reading } from "./read-files";

/** One member of a context. Owner and times are none of the build's business, and other folders follow from what is in them. */
export type ContextFile =
  | {
      readonly kind: "file";
      readonly path: string;
      readonly executable: boolean;
      /** Absolute: it goes to the worker beside the folder, and its path begins with `../`. @default it is in the folder */
      readonly outside?: string;
    }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  /** An empty folder: a COPY makes it, too. */
  | { readonly kind: "folder"; readonly path: string };

/**
 * Every file that the build can see, committed or not, sorted by the bytes of its path (relative, with `/`).
 * The Containerfile and the ignore file always are among them, wherever they are: the worker needs both.
 * @throws if the folder or the Containerfile is not there, or something in it is no file, folder or link
 */
export async function contextFiles(folder: string, containerfile = "Containerfile"): Promise<ContextFile[]> {
  const { named, inside, isOutside } = await placeOfContainerfile(folder, containerfile);
  const { file: ignoreFile, ...rules } = await readIgnoreRules(folder, named);
  const ignoreRelative = ignoreFile === undefined ? [] : [path.relative(folder, ignoreFile)];
  const ignoreFiles = await Promise.all(ignoreRelative.map((file) => followLinks(folder, file)));
  const always = new Set([...inside, ...ignoreFiles.flatMap(({ files }) => files)]);
  const files = walk(folder, "", rules, always);
  const isBeside = ignoreFile?.startsWith(`${named}.`) === true;
  const outside = isOutside ? [named, ...(ignoreFile !== undefined && isBeside ? [ignoreFile] : [])] : [];
  files.push(...(await Promise.all(outside.map(outsideFile))));
  if (!isOutside && !files.some((file) => file.path === inside.at(-1)))
    throw notThere(path.join(folder, containerfile));
  return files.sort((a, b) => compareBytes(a.path, b.path));
}

/** Every file of a folder that a Containerfile knows by a name of its own, sorted likewise. */
export async function namedContextFiles(folder: string): Promise<ContextFile[]> {
  // An ignore file that ignores itself has done its work here.
  const files = walk(folder, "", await readIgnoreRules(folder), new Set());
  return files.sort((a, b) => compareBytes(a.path, b.path));
}

async function outsideFile(file: string): Promise<ContextFile> {
  const stats = await stat(file).catch(() => undefined);
  if (stats?.isFile() !== true) throw notThere(file);
  return { kind: "file", path: outsideName(file), executable: false, outside: file };
}

const notThere = (file: string): UserError =>
  new UserError(`${file} is not there; name the Containerfile in source.containerfile`);

/** Where a member is on this machine. */
export const placeOf = (folder: string, file: ContextFile): string =>
  file.kind === "file" && file.outside !== undefined ? file.outside : path.join(folder, file.path);

/** A context as it was when somebody looked. */
export interface ContextDigest {
  /** sha256 over path, kind, executable bit and content or target of every file, hex. */
  readonly hash: string;
  /** By path, what tells that file from another: to say later which one has changed. */
  readonly files: Readonly<Record<string, string>>;
}

export async function digestContext(
  folder: string,
  containerfile?: string,
  reading: Reading = {},
): Promise<ContextDigest> {
  return digestFiles([folder, containerfile ?? ""], await contextFiles(folder, containerfile), reading);
}

export async function digestNamedContext(folder: string, reading: Reading = {}): Promise<ContextDigest> {
  return digestFiles([folder], await namedContextFiles(folder), reading);
}

/** @param name the folder, and what else the choice of files depends on */
async function digestFiles(
  name: readonly [folder: string, ...string[]],
  files: readonly ContextFile[],
  reading: Reading,
): Promise<ContextDigest> {
  const [folder] = name;
  const digest = new DigestBuilder();
  for (const file of files) if (file.kind !== "file") digest.add(file, "");
  const contents = files.filter(({ kind }) => kind === "file").map((file) => ({ file, place: placeOf(folder, file) }));
  const known = DigestCache.open(reading.cache, name);
  await readFiles(folder, contents, known, (file, sha256) => digest.add(file, sha256), reading);
  await known.save();
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
function walk(
  folder: string,
  inside: string,
  rules: IgnoreRules,
  always: ReadonlySet<string>,
  found: ContextFile[] = [],
  pruned = false,
): ContextFile[] {
  for (const name of list(folder, inside)) {
    const relative = inside === "" ? name : `${inside}/${name}`;
    const absolute = path.join(folder, relative);
    const ignored = (pruned || rules.ignores(relative)) && !always.has(relative);
    const stats = statsOf(absolute);
    if (stats === undefined && ignored) continue;
    if (stats?.isDirectory()) {
      const needed = [...always].some((file) => file.startsWith(`${relative}/`));
      const prunes = pruned || (ignored && rules.prunes(relative));
      // One whose files are all ignored is not empty: it comes and goes with what nobody sees.
      if (!ignored && list(folder, relative).length === 0) found.push({ kind: "folder", path: relative });
      else if (!prunes || needed) walk(folder, relative, rules, always, found, prunes);
    } else if (!ignored) found.push(member(absolute, relative, stats));
  }
  return found;
}

/** Undefined for a name that node can't give back to the system: it isn't UTF-8. */
function statsOf(absolute: string): Stats | undefined {
  try {
    return lstatSync(absolute);
  } catch (error) {
    if (absolute.includes("\uFFFD") && (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function list(folder: string, inside: string): string[] {
  try {
    return readdirSync(path.join(folder, inside));
  } catch (cause) {
    throw new UserError(
      `${path.join(folder, inside)} can't be read; what source.context and source.contexts name must be folders`,
      { cause },
    );
  }
}

function member(absolute: string, relative: string, stats: Stats | undefined): ContextFile {
  if (stats === undefined)
    throw new UserError(`${absolute}: its name is not UTF-8; rename it, or name its folder in .containerignore`);
  if (stats.isSymbolicLink()) return { kind: "link", path: relative, target: readlinkSync(absolute) };
  if (!stats.isFile())
    throw new UserError(`${absolute} is no file, folder or link; remove it, or name it in .containerignore`);
  return { kind: "file", path: relative, executable: (stats.mode & 0o111) !== 0 };
}
