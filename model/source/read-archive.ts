/** What is in the archive of a build context: read back before it goes anywhere. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import * as path from "node:path";
import { Parser, type ReadEntry } from "tar";
import { outsideName } from "./containerfile-place";
import { type ContextDigest, DigestBuilder } from "./context";

/** Folder of the archive with what is outside of the context. */
export const OUTSIDE = "containerfile";

/**
 * What an archive is and what its parts hold, in one reading, piece by piece.
 * @param parts folders of the archive, the context first: what is outside of its folder belongs to it; or its top alone, ""
 */
export async function readArchive(
  archive: string,
  parts: readonly string[],
): Promise<{ readonly sha256: string; readonly digests: ReadonlyMap<string, ContextDigest> }> {
  const whole = createHash("sha256");
  const members = new Map(parts.map((at) => [at, new Members()]));
  const onReadEntry = (entry: ReadEntry): void => {
    const name = entry.path.replace(/^\.\//, "").replace(/\/$/, "");
    const isOutside = parts[0] !== "" && name.startsWith(`${OUTSIDE}/`);
    const at = isOutside ? parts[0] : parts.find((part) => part === "" || name === part || name.startsWith(`${part}/`));
    const inside = isOutside ? outsideName(name) : name.slice(at === "" ? 0 : (at ?? "").length + 1);
    const found = members.get(at ?? "");
    if (found === undefined || inside === "") entry.resume();
    else found.add(inside, entry);
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
  return {
    sha256: whole.digest("hex"),
    digests: new Map([...members].map(([at, found]) => [at, found.done()])),
  };
}

/** Adds up what one part of an archive holds. */
class Members {
  private readonly digest = new DigestBuilder();
  private readonly folders = new Set<string>();
  private readonly above = new Set<string>();

  add(name: string, entry: ReadEntry): void {
    for (let parent = path.posix.dirname(name); parent !== "."; parent = path.posix.dirname(parent))
      this.above.add(parent);
    if (entry.type !== "Directory") return addMember(this.digest, name, entry);
    this.folders.add(name);
    entry.resume();
  }

  done(): ContextDigest {
    for (const empty of this.folders) if (!this.above.has(empty)) this.digest.add({ kind: "folder", path: empty }, "");
    return this.digest.done();
  }
}

function addMember(digest: DigestBuilder, name: string, entry: ReadEntry): void {
  const content = createHash("sha256");
  entry.on("data", (chunk: Buffer) => content.update(chunk));
  entry.on("end", () => {
    if (entry.type === "SymbolicLink") digest.add({ kind: "link", path: name, target: entry.linkpath ?? "" }, "");
    else digest.add({ kind: "file", path: name, executable: ((entry.mode ?? 0) & 0o111) !== 0 }, content.digest("hex"));
  });
}
