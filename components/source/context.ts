/** The build context: the files that a build can see, their hash, and the archive that goes to the worker. */
import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { lstat, mkdir, readdir, readlink, rename, rm } from "node:fs/promises";
import * as path from "node:path";
import { pipeline } from "node:stream/promises";
import { create } from "tar";
import { readIgnoreRules, type IgnoreRules } from "./ignore-file";
import { ContainerfileError } from "./instructions";

/** One member of a context. Owner, times and empty folders are none of the build's business. */
export type ContextFile =
  | { readonly kind: "file"; readonly path: string; readonly executable: boolean }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

/**
 * Every file that the build can see, committed or not, sorted by the bytes of its path (relative, with `/`).
 * The Containerfile and the ignore file always are among them: the worker needs both.
 * @throws if the folder or the Containerfile is not there, or something in it is no file, folder or link
 */
export async function contextFiles(folder: string, containerfile = "Containerfile"): Promise<ContextFile[]> {
  const rules = await readIgnoreRules(folder, containerfile);
  const named = await linkedFiles(folder, path.posix.normalize(containerfile));
  const always = new Set([...named, ...(rules.file === undefined ? [] : [rules.file])]);
  const files = await walk(folder, "", rules, always);
  if (!files.some((file) => file.path === path.posix.normalize(containerfile))) {
    throw new Error(`${path.join(folder, containerfile)} is not there; name the Containerfile in source.containerfile`);
  }
  return files.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

/** The Containerfile, and each file on the way that its links go: the builder reads what is at the end. */
async function linkedFiles(folder: string, containerfile: string): Promise<string[]> {
  const files = [containerfile];
  for (let file = containerfile; files.length < 40; files.push(file)) {
    // One that is not there is said later, by its name.
    const target = await readlink(path.join(folder, file)).catch(() => undefined);
    if (target === undefined) return files;
    file = path.posix.join(path.posix.dirname(file), target);
    if (path.posix.isAbsolute(target) || file.startsWith("../")) {
      throw new ContainerfileError(
        `${path.join(folder, containerfile)} is a link to ${target}, outside of the folder, which no worker has; copy it there`,
      );
    }
  }
  throw new ContainerfileError(`${path.join(folder, containerfile)} is a link that leads nowhere; put the file there`);
}

/** sha256 over path, kind, executable bit and content or target of every file, hex. */
export async function hashContext(folder: string, containerfile = "Containerfile"): Promise<string> {
  const hash = createHash("sha256");
  for (const file of await contextFiles(folder, containerfile)) {
    // One JSON line each: no path can look like the end of another member.
    const content = file.kind === "file" ? await hashFile(path.join(folder, file.path)) : file.target;
    hash.update(`${JSON.stringify([file.kind, file.path, file.kind === "file" && file.executable, content])}\n`);
  }
  return hash.digest("hex");
}

/**
 * Writes exactly what `hashContext` hashes into a tar file: equal hashes give equal bytes.
 * The file appears under its name only when it is complete.
 */
export async function packContext(folder: string, archive: string, containerfile = "Containerfile"): Promise<void> {
  const files = await contextFiles(folder, containerfile);
  const executable = new Map(files.map((file) => [file.path, file.kind === "file" && file.executable]));
  await mkdir(path.dirname(archive), { recursive: true });
  const unfinished = `${archive}.${process.pid}.part`;
  try {
    await create(
      {
        file: unfinished,
        cwd: folder,
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
    await rename(unfinished, archive);
  } catch (cause) {
    await rm(unfinished, { force: true });
    throw new Error(`the context ${folder} can't be packed into ${archive}; see the cause`, { cause });
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

async function walk(
  folder: string,
  inside: string,
  rules: IgnoreRules,
  always: ReadonlySet<string>,
): Promise<ContextFile[]> {
  const found: ContextFile[] = [];
  for (const name of await list(folder, inside)) {
    const relative = inside === "" ? name : `${inside}/${name}`;
    const absolute = path.join(folder, relative);
    const stats = await lstat(absolute);
    const ignored = rules.ignores(relative) && !always.has(relative);
    if (stats.isDirectory()) {
      const needed = [...always].some((file) => file.startsWith(`${relative}/`));
      if (!ignored || !rules.prunes || needed) found.push(...(await walk(folder, relative, rules, always)));
    } else if (!ignored) found.push(await member(absolute, relative, stats));
  }
  return found;
}

async function list(folder: string, inside: string): Promise<string[]> {
  try {
    return await readdir(path.join(folder, inside));
  } catch (cause) {
    throw new Error(`${path.join(folder, inside)} can't be read; source.context must be a folder`, { cause });
  }
}

async function member(absolute: string, relative: string, stats: Stats): Promise<ContextFile> {
  if (stats.isSymbolicLink()) return { kind: "link", path: relative, target: await readlink(absolute) };
  if (!stats.isFile())
    throw new Error(`${absolute} is no file, folder or link; remove it, or name it in .containerignore`);
  return { kind: "file", path: relative, executable: (stats.mode & 0o111) !== 0 };
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(file), hash);
  } catch (cause) {
    throw new Error(`${file} can't be read; make it readable, or name it in .containerignore`, { cause });
  }
  return hash.digest("hex");
}
