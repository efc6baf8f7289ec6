/**
 * Copies a file, a text or a folder to a remote machine over sftp. Where things land is as documented for CopyToRemote:
 *
 * | source | remote path is a folder | is not there | is a file   |
 * |--------|-------------------------|--------------|-------------|
 * | dir    | path/dir                | path/dir     | error       |
 * | dir/   | path/(what is in dir)   | likewise     | error       |
 * | file   | path/file               | path         | overwritten |
 * | text   | error                   | path         | overwritten |
 *
 * Missing parents are made. Permission bits are kept, which the official provider does not promise: set them by a command.
 */
import { lstat, readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { posix } from "node:path";
import type { SFTPWrapper, Stats } from "ssh2";
import type { Session } from "./connection";
import type { Asset } from "../../provider-kit/wire";

/** The status of sftp's protocol, version 3, for a path that is not there. */
const NO_SUCH_FILE = 2;
const PERMISSION_BITS = 0o7777;

export async function copyToRemote(session: Session, source: Asset, remotePath: string): Promise<void> {
  const remote = new Remote(await openSftp(session));
  if (source.text !== undefined) return copyText(remote, source.text, remotePath);
  if (source.path === undefined) throw new Error("the source has neither a path nor a text");
  const info = await stat(source.path);
  if (!info.isDirectory()) return copyFile(remote, source.path, await fileTarget(remote, source.path, remotePath));
  const keepsName = !source.path.endsWith("/");
  return copyFolder(remote, source.path, keepsName ? posix.join(remotePath, basename(source.path)) : remotePath);
}

async function copyText(remote: Remote, text: string, path: string): Promise<void> {
  if (path.endsWith("/") || (await remote.kind(path)) === "folder") {
    throw new Error(`${path} on the remote machine is a folder: a text needs the path of a file`);
  }
  await remote.makeFolder(posix.dirname(path));
  await remote.write(path, Buffer.from(text, "utf8"));
}

/** A file goes into a folder under its own name. */
async function fileTarget(remote: Remote, local: string, path: string): Promise<string> {
  const isFolder = path.endsWith("/") || (await remote.kind(path)) === "folder";
  return isFolder ? posix.join(path, basename(local)) : path;
}

async function copyFile(remote: Remote, local: string, path: string): Promise<void> {
  const { mode } = await stat(local);
  await remote.makeFolder(posix.dirname(path));
  await remote.put(local, path, mode & PERMISSION_BITS);
}

async function copyFolder(remote: Remote, local: string, path: string): Promise<void> {
  await remote.makeFolder(path);
  for (const name of (await readdir(local)).sort()) {
    const from = join(local, name);
    const to = posix.join(path, name);
    if ((await lstat(from)).isSymbolicLink() && (await stat(from)).isDirectory()) {
      throw new Error(`${from} is a symbolic link to a folder, which is not followed: copy the folder itself`);
    }
    const info = await stat(from);
    if (info.isDirectory()) await copyFolder(remote, from, to);
    else await remote.put(from, to, info.mode & PERMISSION_BITS);
  }
  // Last, for a folder may be closed to writing.
  await remote.setMode(path, (await stat(local)).mode & PERMISSION_BITS);
}

/** The few sftp calls that copying needs, as promises, with paths in their errors. */
class Remote {
  constructor(private readonly sftp: SFTPWrapper) {}

  async kind(path: string): Promise<"folder" | "file" | "nothing"> {
    const stats = await new Promise<Stats | undefined>((resolve, reject) => {
      this.sftp.stat(path, (error, found) => {
        if (error === undefined) resolve(found);
        else if ((error as { code?: unknown }).code === NO_SUCH_FILE) resolve(undefined);
        else reject(remoteError("look at", path, error));
      });
    });
    if (stats === undefined) return "nothing";
    return stats.isDirectory() ? "folder" : "file";
  }

  /** Makes a folder and its parents; one that is there is left as it is. */
  async makeFolder(path: string): Promise<void> {
    const kind = await this.kind(path);
    if (kind === "folder") return;
    if (kind === "file") throw new Error(`${path} on the remote machine is a file, where a folder is needed`);
    await this.makeFolder(posix.dirname(path));
    try {
      await this.call("make folder", path, (done) => this.sftp.mkdir(path, done));
    } catch (error) {
      // Another copy may have made it in the meantime.
      if ((await this.kind(path)) !== "folder") throw error;
    }
  }

  async put(local: string, path: string, mode: number): Promise<void> {
    if ((await this.kind(path)) === "folder") throw new Error(`${path} on the remote machine is a folder, not a file`);
    // The fast way reads sizes beforehand and so cannot copy an empty or growing file with certainty.
    if ((await stat(local)).size === 0) await this.write(path, await readFile(local));
    else await this.call(`copy ${local} to`, path, (done) => this.sftp.fastPut(local, path, done));
    await this.setMode(path, mode);
  }

  async write(path: string, content: Buffer): Promise<void> {
    await this.call("write", path, (done) => this.sftp.writeFile(path, content, done));
  }

  async setMode(path: string, mode: number): Promise<void> {
    await this.call("set the permissions of", path, (done) => this.sftp.chmod(path, mode, done));
  }

  private call(what: string, path: string, start: (done: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      start((error) => (error === undefined || error === null ? resolve() : reject(remoteError(what, path, error))));
    });
  }
}

function remoteError(what: string, path: string, cause: Error): Error {
  return new Error(`cannot ${what} ${path} on the remote machine: ${cause.message}`, { cause });
}

function openSftp(session: Session): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    session.client.sftp((error, sftp) =>
      error === undefined
        ? resolve(sftp)
        : reject(new Error(`the remote machine offers no sftp: ${error.message}`, { cause: error })),
    );
  });
}
