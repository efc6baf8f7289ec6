/** A folder that only this user can look into, and whose files nobody else chooses. */
import { chmodSync, closeSync, constants, lstatSync, mkdirSync, openSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * Makes it if it is not there.
 * @throws Error if it is a link, no folder, or somebody else's
 */
export function privateFolder(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory()) throw new Error(`${folder} is not a folder; take it away`);
  const us = process.getuid?.();
  if (us !== undefined && found.uid !== us)
    throw new Error(`${folder} belongs to another user (number ${String(found.uid)}); take it away or give it to us`);
  if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700);
  return folder;
}

/** Makes an empty file for us alone, in place of what has its name: a link there is taken away, never followed. */
export function newPrivateFile(path: string): void {
  rmSync(path, { force: true });
  closeSync(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600));
}

/** Where this user's programs keep what may go at any time; a relative one is no place. Source: XDG Base Directory Specification. */
export function cacheHome({ XDG_CACHE_HOME: cache }: NodeJS.ProcessEnv): string {
  return cache !== undefined && isAbsolute(cache) ? cache : join(homedir(), ".cache");
}

/** Where this user's programs keep what is not for good and not a cache. Source: XDG Base Directory Specification. */
export function stateFolder(environment: NodeJS.ProcessEnv): string {
  const { XDG_STATE_HOME: state } = environment;
  return join(state === undefined || state === "" ? join(homedir(), ".local", "state") : state, "copr-builders");
}
