/** Which commit a folder is of, for the provenance of what is built from it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

export interface SourceCommit {
  /** As the remote `origin` is reached, without a login; undefined where there is none. */
  readonly repository?: string;
  readonly commit: string;
  /** Is every file of the folder as it is in that commit, and no other there? */
  readonly clean: boolean;
}

/** Git may wait for a file system that is gone. */
const TIMEOUT_MS = 60_000;

/** Undefined where the folder is in no git repository, or git is not there to ask. */
export async function commitOf(folder: string): Promise<SourceCommit | undefined> {
  const ask = (...args: string[]): Promise<string | undefined> =>
    execute("git", ["-C", folder, ...args], { timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 }).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    );
  const [commit, changed, remote] = await Promise.all([
    ask("rev-parse", "HEAD"),
    ask("status", "--porcelain", "--", "."),
    ask("remote", "get-url", "origin"),
  ]);
  if (commit === undefined || !/^[0-9a-f]{40,64}$/.test(commit)) return undefined;
  return { ...(remote === undefined ? {} : { repository: withoutLogin(remote) }), commit, clean: changed === "" };
}

/** What is before the `@` of an address may be a token. */
const withoutLogin = (address: string): string => address.replace(/^(\w+:\/\/)[^/@]*@/, "$1");
