/** Enough of FAT12, FAT16 and FAT32 to find a file by its short name. */
import { type Read, SECTOR } from "./sectors";
import { need } from "./unbootable";

/** A path's parts as short names: at most eight characters, a dot, at most three. */
export type ShortNames = readonly string[];

const ENTRY = 32;
const DIRECTORY = 0x10;
/** Of one folder, bytes: a chain of clusters that bites its own tail ends here. */
const MAX_FOLDER = 1 << 20;

export class Fat {
  private constructor(
    private readonly read: Read,
    private readonly layout: Layout,
  ) {}

  /** @param start its first byte on the disk */
  static async at(read: Read, start: number): Promise<Fat> {
    return new Fat(read, layoutOf(await read(start, SECTOR), start));
  }

  /** Where the file begins on the disk, in bytes. */
  async find(names: ShortNames): Promise<number> {
    let cluster = 0;
    for (const [index, name] of names.entries()) {
      const folder = await this.folder(cluster);
      const entry = entryOf(folder, name, index < names.length - 1);
      need(entry !== undefined, `${names.slice(0, index + 1).join("/")} is missing in the EFI system partition`);
      const high = this.layout.bits === 32 ? entry.readUInt16LE(20) : 0;
      cluster = high * 0x10000 + entry.readUInt16LE(26);
    }
    need(cluster >= 2, `${names.join("/")} in the EFI system partition is empty`);
    return this.offset(cluster);
  }

  private offset(cluster: number): number {
    return this.layout.data + (cluster - 2) * this.layout.clusterBytes;
  }

  private async folder(first: number): Promise<Buffer> {
    const { bits, root, rootBytes, rootCluster, clusterBytes } = this.layout;
    if (first === 0 && bits !== 32) return this.read(root, rootBytes);
    const parts: Buffer[] = [];
    let cluster = first || rootCluster;
    while (cluster >= 2 && cluster < endOfChain(bits) && parts.length * clusterBytes < MAX_FOLDER) {
      parts.push(await this.read(this.offset(cluster), clusterBytes));
      cluster = await this.next(cluster);
    }
    return Buffer.concat(parts);
  }

  private async next(cluster: number): Promise<number> {
    const { bits, table } = this.layout;
    const value = (await this.read(table + Math.floor((cluster * bits) / 8), 4)).readUInt32LE();
    if (bits === 12) return (value >>> (4 * (cluster & 1))) & 0xfff;
    return value & (bits === 16 ? 0xffff : 0x0fffffff);
  }
}

interface Layout {
  readonly bits: 12 | 16 | 32;
  readonly clusterBytes: number;
  /** First bytes, on the disk, of the allocation table, the root folder (none with FAT32) and cluster 2. */
  readonly table: number;
  readonly root: number;
  readonly rootBytes: number;
  readonly data: number;
  /** FAT32's. */
  readonly rootCluster: number;
}

/** From the parameter block in the first sector. */
function layoutOf(boot: Buffer, start: number): Layout {
  const sector = boot.readUInt16LE(11);
  const sectorsPerCluster = boot[13] ?? 0;
  const jumps = boot[0] === 0xeb || boot[0] === 0xe9;
  const isFat = jumps && boot.readUInt16LE(510) === 0xaa55 && sector >= SECTOR && sectorsPerCluster > 0;
  need(isFat, "the EFI system partition has no FAT file system");
  const tableSectors = boot.readUInt16LE(22) || boot.readUInt32LE(36);
  const table = start + boot.readUInt16LE(14) * sector;
  const root = table + (boot[16] ?? 0) * tableSectors * sector;
  const rootBytes = boot.readUInt16LE(17) * ENTRY;
  const data = root + Math.ceil(rootBytes / sector) * sector;
  const total = boot.readUInt16LE(19) || boot.readUInt32LE(32);
  const clusters = Math.floor((total - (data - start) / sector) / sectorsPerCluster);
  const bits = clusters < 4085 ? 12 : clusters < 65525 ? 16 : 32;
  const rootCluster = bits === 32 ? boot.readUInt32LE(44) : 0;
  return { bits, clusterBytes: sector * sectorsPerCluster, table, root, rootBytes, data, rootCluster };
}

function endOfChain(bits: Layout["bits"]): number {
  return 2 ** Math.min(bits, 28) - 9;
}

function entryOf(folder: Buffer, name: string, isFolder: boolean): Buffer | undefined {
  const [stem = "", extension = ""] = name.split(".");
  const wanted = stem.padEnd(8) + extension.padEnd(3);
  for (let at = 0; at + ENTRY <= folder.length && folder[at] !== 0; at += ENTRY) {
    const entry = folder.subarray(at, at + ENTRY);
    const fits = (((entry[11] ?? 0) & DIRECTORY) !== 0) === isFolder;
    if (fits && entry.toString("latin1", 0, 11) === wanted) return entry;
  }
  return undefined;
}
