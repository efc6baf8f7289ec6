/** The archive of a build context that goes to the worker: what was hashed, or nothing. */
import { UserError } from "../../contract/user-error";
import { mkdir, realpath, rename, rm } from "node:fs/promises";
import * as path from "node:path";
import { create, replace, type WriteEntry } from "tar";
import { placeOfContainerfile } from "./containerfile-place";
import {
  type ContextDigest,
  type ContextFile,
  contextFiles,
  digestContext,
  digestNamedContext,
  namedContextFiles,
} from "./context";
import { OUTSIDE, readArchive } from "./read-archive";

/** In the message of every such error: another try would find the same. */
export const CONTEXT_CHANGED = "has changed since this run began";

/** The context is not what the build key was made from any more. */
export class ContextChangedError extends UserError {
  override readonly name = "ContextChangedError";
}

/** What the archive has to hold; without `files` a change is found, but not named. */
export type ExpectedContext = Pick<ContextDigest, "hash"> & Partial<ContextDigest>;

/** A folder, and what it must still hold. */
export interface ExpectedFolder {
  /** Absolute. */
  readonly folder: string;
  readonly context: ExpectedContext;
}

export interface PackedContext {
  /** sha256 of the archive, hex. */
  readonly sha256: string;
  /** Folder of the archive that is the context. @default its top: there is nothing beside it */
  readonly folder?: string;
  /** Path of the Containerfile in the archive. */
  readonly containerfile: string;
  /** Folders of the archive, by the name that the Containerfile has for them. */
  readonly named: Readonly<Record<string, string>>;
}

/**
 * Writes a context into a tar file, and beside it what else the build takes from: equal hashes give equal bytes. What is in the
 * file then is read back and held against the digests that the build key was made from. The file appears under its name only when
 * it is complete and right.
 * @throws ContextChangedError with the names of the files that were changed, added or removed since
 */
export async function packContext(
  folder: string,
  archive: string,
  expected: ExpectedContext,
  containerfile = "Containerfile",
  contexts: Readonly<Record<string, ExpectedFolder>> = {},
): Promise<PackedContext> {
  await mkdir(path.dirname(archive), { recursive: true });
  const unfinished = `${archive}.part`;
  const parts = await archiveParts({ folder, context: expected }, containerfile, contexts);
  try {
    for (const part of parts.all) await writePart(part, unfinished, part === parts.all[0]);
    const { sha256, digests } = await readArchive(
      unfinished,
      parts.all.map(({ at }) => at),
    );
    for (const part of parts.all) {
      const found = digests.get(part.at);
      if (found?.hash !== part.context.hash) throw changedError(part.folder, part.context, found);
    }
    await rename(unfinished, archive);
    return { sha256, ...parts.places };
  } catch (cause) {
    await rm(unfinished, { force: true });
    if (cause instanceof ContextChangedError) throw cause;
    // A file that went away or shrank while it was being read.
    for (const part of parts.all) {
      const now = await part.digest().catch(() => undefined);
      if (now !== undefined && now.hash !== part.context.hash) throw changedError(part.folder, part.context, now);
    }
    throw new UserError(`the context ${folder} can't be packed into ${archive}; see the cause`, { cause });
  }
}

interface ArchivePart extends ExpectedFolder {
  /** Folder in the archive; empty for its top. */
  readonly at: string;
  readonly files: () => Promise<ContextFile[]>;
  readonly digest: () => Promise<ContextDigest>;
}

/** One that has nothing beside it is the whole archive. */
async function archiveParts(
  context: ExpectedFolder,
  containerfile: string,
  contexts: Readonly<Record<string, ExpectedFolder>>,
): Promise<{ readonly all: readonly ArchivePart[]; readonly places: Omit<PackedContext, "sha256"> }> {
  const { folder } = context;
  const { named, isOutside } = await placeOfContainerfile(folder, containerfile);
  const isAlone = !isOutside && Object.keys(contexts).length === 0;
  const at = isAlone ? "" : "context";
  const own = isOutside
    ? path.posix.join(OUTSIDE, path.basename(named))
    : path.posix.join(at, path.relative(folder, named));
  const places = Object.fromEntries(
    Object.keys(contexts)
      .sort()
      .map((name, index) => [name, `contexts/${index}`]),
  );
  const first = {
    files: () => contextFiles(folder, containerfile),
    digest: () => digestContext(folder, containerfile),
  };
  const others = Object.entries(contexts).map(([name, one]) => ({
    ...one,
    at: places[name] ?? "",
    files: () => namedContextFiles(one.folder),
    digest: () => digestNamedContext(one.folder),
  }));
  return {
    all: [{ ...context, at, ...first }, ...others],
    places: { ...(isAlone ? {} : { folder: at }), containerfile: own, named: places },
  };
}

async function writePart(part: ArchivePart, archive: string, isFirst: boolean): Promise<void> {
  // Of a folder that is a link only the link would be packed.
  const cwd = await realpath(part.folder);
  const files = await part.files();
  const executable = new Map(files.map((file) => [file.path, file.kind === "file" && file.executable]));
  const options = {
    file: archive,
    strict: true,
    // No owner, no times but one.
    portable: true,
    mtime: new Date(0),
    noDirRecurse: true,
    // Hard links are files of their own: which names share an inode differs from clone to clone.
    linkCache: new NoLinks(),
    onWriteEntry: (entry: WriteEntry) => {
      const isExecutable = executable.get(entry.path.replace(/^\.\//, ""));
      if (entry.stat) entry.stat.mode = isExecutable || entry.stat.isDirectory() ? 0o755 : 0o644;
    },
  };
  const outside = files.flatMap((file) => (file.kind === "file" ? (file.outside ?? []) : []));
  const inside = files.filter((file) => file.kind !== "file" || file.outside === undefined);
  // "./" keeps a name that starts with "@" from being taken for an archive.
  // Folders stand there for their modes: else the worker's umask would decide them, and so the image.
  const names = [...folders(inside), ...inside.map((file) => file.path)].map((name) => `./${name}`);
  const place = { cwd, prefix: part.at };
  if (isFirst) await create({ ...options, ...place }, names);
  else await replace({ ...options, ...place }, names);
  for (const file of outside) {
    // What it links to is what it says.
    const beside = { cwd: path.dirname(file), prefix: OUTSIDE, follow: true };
    await replace({ ...options, ...beside }, [`./${path.basename(file)}`]);
  }
}

/** Each folder above a file, those above before those inside. */
function folders(files: readonly ContextFile[]): string[] {
  const above = files.flatMap(({ path: file }) => {
    const parts = file.split("/").slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  });
  return ["", ...new Set(above)];
}

class NoLinks extends Map<`${number}:${number}`, string> {
  override get(): undefined {
    return undefined;
  }
}

const MOST_NAMES = 10;

function changedError(folder: string, expected: ExpectedContext, now: ContextDigest | undefined): ContextChangedError {
  const which =
    expected.files === undefined || now === undefined
      ? "it has too many files to tell which"
      : differences(expected.files, now.files);
  return new ContextChangedError(
    `the context ${folder} ${CONTEXT_CHANGED}: ${which}. Nothing is built from a mixture: let the files be ` +
      `for a moment and run "pulumi up" again`,
  );
}

function differences(before: ContextDigest["files"], now: ContextDigest["files"]): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((name) => before[name] !== now[name])
    .map(
      (name) => `${name} ${before[name] === undefined ? "is new" : now[name] === undefined ? "is gone" : "is changed"}`,
    );
  const more = names.length - MOST_NAMES;
  return [...names.slice(0, MOST_NAMES), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}
