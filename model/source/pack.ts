/** The archive of a build context that goes to the worker: what was hashed, or nothing. */
import { UserError } from "../../contract/user-error";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdir, realpath, rename, rm } from "node:fs/promises";
import * as path from "node:path";
import { create, Parser, type ReadEntry } from "tar";
import { type ContextDigest, type ContextFile, contextFiles, DigestBuilder, digestContext } from "./context";

/** In the message of every such error: another try would find the same. */
export const CONTEXT_CHANGED = "has changed since this run began";

/** The context is not what the build key was made from any more. */
export class ContextChangedError extends UserError {
  override readonly name = "ContextChangedError";
}

/** What the archive has to hold; without `files` a change is found, but not named. */
export type ExpectedContext = Pick<ContextDigest, "hash"> & Partial<ContextDigest>;

/**
 * Writes a context into a tar file: equal hashes give equal bytes. What is in the file then is read back and held against the
 * digest that the build key was made from. The file appears under its name only when it is complete and right.
 * @returns sha256 of the archive, hex
 * @throws ContextChangedError with the names of the files that were changed, added or removed since
 */
export async function packContext(
  folder: string,
  archive: string,
  expected: ExpectedContext,
  containerfile = "Containerfile",
): Promise<string> {
  await mkdir(path.dirname(archive), { recursive: true });
  const unfinished = `${archive}.part`;
  try {
    await write(folder, unfinished, containerfile);
    const { sha256, context } = await read(unfinished);
    if (context.hash !== expected.hash) throw changedError(folder, expected, context);
    await rename(unfinished, archive);
    return sha256;
  } catch (cause) {
    await rm(unfinished, { force: true });
    if (cause instanceof ContextChangedError) throw cause;
    // A file that went away or shrank while it was being read.
    const now = await digestContext(folder, containerfile).catch(() => undefined);
    if (now !== undefined && now.hash !== expected.hash) throw changedError(folder, expected, now);
    throw new UserError(`the context ${folder} can't be packed into ${archive}; see the cause`, { cause });
  }
}

async function write(folder: string, archive: string, containerfile: string): Promise<void> {
  // Of a folder that is a link only the link would be packed.
  const cwd = await realpath(folder);
  const files = await contextFiles(folder, containerfile);
  const executable = new Map(files.map((file) => [file.path, file.kind === "file" && file.executable]));
  await create(
    {
      file: archive,
      cwd,
      strict: true,
      // No owner, no times but one.
      portable: true,
      mtime: new Date(0),
      noDirRecurse: true,
      // Hard links are files of their own: which names share an inode differs from clone to clone.
      linkCache: new NoLinks(),
      onWriteEntry: (entry) => {
        const isExecutable = executable.get(entry.path.replace(/^\.\//, ""));
        if (entry.stat) entry.stat.mode = isExecutable || entry.stat.isDirectory() ? 0o755 : 0o644;
      },
    },
    // "./" keeps a name that starts with "@" from being taken for an archive.
    // Folders stand there for their modes: else the worker's umask would decide them, and so the image.
    [...folders(files), ...files.map((file) => file.path)].map((name) => `./${name}`),
  );
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

/** What an archive is and what it holds, in one reading, piece by piece. */
async function read(archive: string): Promise<{ readonly sha256: string; readonly context: ContextDigest }> {
  const whole = createHash("sha256");
  const digest = new DigestBuilder();
  const folders = new Set<string>();
  const above = new Set<string>();
  const onReadEntry = (entry: ReadEntry): void => {
    const name = entry.path.replace(/^\.\//, "").replace(/\/$/, "");
    if (name === "") return entry.resume();
    for (let parent = path.posix.dirname(name); parent !== "."; parent = path.posix.dirname(parent)) above.add(parent);
    if (entry.type !== "Directory") return addMember(digest, name, entry);
    folders.add(name);
    entry.resume();
  };
  const parser = new Parser({ strict: true, onReadEntry });
  const ended = once(parser, "end");
  ended.catch(() => undefined);
  for await (const chunk of createReadStream(archive) as AsyncIterable<Buffer>) {
    whole.update(chunk);
    if (!parser.write(chunk)) await Promise.race([once(parser, "drain"), ended]);
  }
  parser.end();
  await ended;
  for (const empty of folders) if (!above.has(empty)) digest.add({ kind: "folder", path: empty }, "");
  return { sha256: whole.digest("hex"), context: digest.done() };
}

function addMember(digest: DigestBuilder, name: string, entry: ReadEntry): void {
  const content = createHash("sha256");
  entry.on("data", (chunk: Buffer) => content.update(chunk));
  entry.on("end", () => {
    if (entry.type === "SymbolicLink") digest.add({ kind: "link", path: name, target: entry.linkpath ?? "" }, "");
    else digest.add({ kind: "file", path: name, executable: ((entry.mode ?? 0) & 0o111) !== 0 }, content.digest("hex"));
  });
}

const MOST_NAMES = 10;

function changedError(folder: string, expected: ExpectedContext, now: ContextDigest): ContextChangedError {
  const which =
    expected.files === undefined ? "it has too many files to tell which" : differences(expected.files, now.files);
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
