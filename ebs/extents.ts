/** What finding extents needs of the machine. */
export interface ExtentTools {
  find(command: string): Promise<boolean>;
  /** Runs a command to its end. */
  run(
    command: string,
    args: readonly string[],
    timeoutMs: number,
  ): Promise<{ readonly code: number | null; readonly stdout: string }>;
  /** Told that all of the file will be read. */
  note(line: string): void;
}

/** A piece of a file that is not a hole. Bytes. */
export interface Extent {
  readonly start: number;
  readonly length: number;
}

export const bytesOf = (extents: readonly Extent[]): number => extents.reduce((sum, { length }) => sum + length, 0);

/** SEEK_DATA and SEEK_HOLE, which node does not have: the one way that knows of data not yet on the disk. */
const PYTHON = `
import os, sys
f = os.open(sys.argv[1], os.O_RDONLY)
end = os.fstat(f).st_size
at = 0
while at < end:
    try:
        data = os.lseek(f, at, os.SEEK_DATA)
    except OSError as error:
        if error.errno == 6:
            break
        raise
    at = os.lseek(f, data, os.SEEK_HOLE)
    print(data, at - data)
`;

/**
 * Where a file has data. Stock images have python3 (cloud-init needs it); without it filefrag, which has to write the
 * file to the disk first (-s); without that, or where the answer makes no sense, all of the file.
 */
export async function findExtents(tools: ExtentTools, path: string, size: number): Promise<Extent[]> {
  for (const look of [withPython, withFilefrag]) {
    const extents = await look(tools, path);
    if (extents !== undefined && areSound(extents, size)) return extents;
  }
  tools.note(`${path}: where its holes are cannot be found out; all of it is read`);
  return [{ start: 0, length: size }];
}

async function withPython(tools: ExtentTools, path: string): Promise<Extent[] | undefined> {
  if (!(await tools.find("python3"))) return undefined;
  const { code, stdout } = await tools.run("python3", ["-c", PYTHON, path], 120_000);
  if (code !== 0) return undefined;
  return parse(stdout, /^(\d+) (\d+)$/gm, (start, length) => ({ start, length }));
}

async function withFilefrag(tools: ExtentTools, path: string): Promise<Extent[] | undefined> {
  if (!(await tools.find("filefrag"))) return undefined;
  const { code, stdout } = await tools.run("filefrag", ["-s", "-v", "-b1", path], 600_000);
  if (code !== 0) return undefined;
  return parse(stdout, /^\s*\d+:\s*(\d+)\.\.\s*(\d+):/gm, (first, last) => ({
    start: first,
    length: last - first + 1,
  }));
}

function parse(text: string, line: RegExp, make: (a: number, b: number) => Extent): Extent[] {
  return [...text.matchAll(line)].map((match) => make(Number(match[1]), Number(match[2])));
}

/** In order, without overlap, and cut to the file: filefrag counts whole blocks. */
function areSound(extents: Extent[], size: number): boolean {
  let end = 0;
  for (const [index, { start, length }] of extents.entries()) {
    if (start < end || length <= 0 || start >= size) return false;
    end = start + length;
    if (end > size) {
      if (index !== extents.length - 1) return false;
      extents[index] = { start, length: size - start };
    }
  }
  return true;
}

/** A stretch of the file: data to read, or zeros. */
interface Stretch extends Extent {
  readonly hole: boolean;
}

/** The whole file in order: data and the holes between. */
export function* stretches(extents: readonly Extent[], size: number): Generator<Stretch> {
  let at = 0;
  for (const extent of extents) {
    if (extent.start > at) yield { start: at, length: extent.start - at, hole: true };
    yield { ...extent, hole: false };
    at = extent.start + extent.length;
  }
  if (at < size) yield { start: at, length: size - at, hole: true };
}
