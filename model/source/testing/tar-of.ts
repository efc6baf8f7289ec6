/** A tar archive in memory, of what a test names. */
import { Header } from "tar";

export interface Member {
  /** With a `/` at its end it is a folder. */
  readonly path: string;
  readonly content?: Buffer;
  /** @default 0o644 */
  readonly mode?: number;
}

const BLOCK = 512;

export function tarOf(members: readonly Member[]): Buffer {
  const blocks = members.flatMap(({ path, content = Buffer.alloc(0), mode = 0o644 }) => {
    const header = Buffer.alloc(BLOCK);
    const type = path.endsWith("/") ? "Directory" : "File";
    new Header({ path, mode, size: content.length, mtime: new Date(0), type, uid: 0, gid: 0 }).encode(header, 0);
    return [header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}
