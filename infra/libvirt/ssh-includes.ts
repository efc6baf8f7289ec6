/**
 * A user's ssh configuration as the libvirt plugin's reader takes it: one `Match`, in the file or in any that it includes, and all of
 * it counts for nothing; a `~` or quotes in an Include name no file. Source: kevinburke/ssh_config 1.2.0, config.go and parser.go.
 */
import { readdir, readFile } from "node:fs/promises";
import * as path from "node:path";

const MATCH = /^[ \t]*match[ \t=]/im;
const INCLUDE = /^([ \t]*include[ \t]*[ \t=][ \t]*)(.*)$/gim;
/** More deeply, the reader refuses all of it. */
const MOST_DEEP = 5;

export function hasMatch(text: string): boolean {
  return MATCH.test(text);
}

/** @param folder `~/.ssh` */
export async function isLeftAside(text: string, folder: string, depth = 0): Promise<boolean> {
  if (depth > MOST_DEEP || hasMatch(text)) return true;
  for (const [, , patterns = ""] of text.matchAll(INCLUDE))
    for (const pattern of patterns.trim().split(" ").filter(Boolean))
      for (const file of await expanded(path.resolve(folder, pattern))) {
        const included = await readFile(file, "utf8").catch(() => undefined);
        // What matches and can't be read is an error for the reader too.
        if (included === undefined || (await isLeftAside(included, folder, depth + 1))) return true;
      }
  return false;
}

/** Without the words of an Include that lead ssh to files, and that reader to none. */
export function withoutUnread(text: string): string {
  return text.replace(INCLUDE, (_, include: string, patterns: string) => {
    const read = patterns.split(/[ \t]+/).filter((pattern) => !/^~|["']/.test(pattern));
    return read.join("") === "" ? "" : `${include}${read.join(" ")}`;
  });
}

/** The files that a pattern stands for, as shells expand it. */
async function expanded(pattern: string): Promise<string[]> {
  let found = ["/"];
  for (const part of pattern.split("/").filter(Boolean)) {
    const next = found.map(async (folder) => {
      const names = await readdir(folder).catch((): string[] => []);
      return names.filter((name) => asExpression(part).test(name)).map((name) => path.join(folder, name));
    });
    found = (await Promise.all(next)).flat();
  }
  return found;
}

function asExpression(part: string): RegExp {
  const source = part.replace(/\[[^\]]*\]|[^\w]/g, (one) =>
    one === "*" ? "[^/]*" : one === "?" ? "[^/]" : one.length > 1 ? one : `\\${one}`,
  );
  return new RegExp(`^${source}$`);
}
