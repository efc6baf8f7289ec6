/**
 * A CD as cloud-init's NoCloud reads it, without a program to make it: stock machines have none. ISO 9660 (ECMA-119), all files in
 * its root, none above 2 KiB times what fits a number.
 */
const SECTOR = 2048;
/** Sectors: what describes the volume, two path tables, the root folder, then the files. */
const VOLUME = 16;
const END_OF_DESCRIPTORS = 17;
const LITTLE_PATHS = 18;
const BIG_PATHS = 19;
const ROOT = 20;
const FIRST_FILE = 21;
const PATHS_BYTES = 10;

/** @param files names in small letters: Linux shows those of a CD so */
export function isoImage(label: string, files: Readonly<Record<string, string>>): Buffer {
  let next = FIRST_FILE;
  const placed = Object.entries(files).map(([name, text]) => {
    const data = Buffer.from(text);
    const sector = next;
    next += Math.max(1, Math.ceil(data.length / SECTOR));
    return { name: Buffer.from(`${name.toUpperCase()}.;1`), data, sector };
  });
  // In the order of their names, as ECMA-119 wants it.
  placed.sort((a, b) => Buffer.compare(a.name, b.name));
  const iso = Buffer.alloc(next * SECTOR);
  const at = (sector: number): Buffer => iso.subarray(sector * SECTOR);
  describeVolume(at(VOLUME), label, next);
  at(END_OF_DESCRIPTORS).write("\xffCD001\x01", "latin1");
  paths(at(LITTLE_PATHS)).writeUInt32LE(ROOT, 2);
  paths(at(BIG_PATHS)).writeUInt32BE(ROOT, 2);
  at(LITTLE_PATHS).writeUInt16LE(1, 6);
  at(BIG_PATHS).writeUInt16BE(1, 6);
  const folder = [self(Buffer.from([0])), self(Buffer.from([1]))];
  const entries = placed.map(({ name, data, sector }) => record(name, sector, data.length, false));
  Buffer.concat([...folder, ...entries]).copy(at(ROOT));
  for (const { data, sector } of placed) data.copy(at(sector));
  return iso;
}

function describeVolume(sector: Buffer, label: string, sectors: number): void {
  sector.write("\x01CD001\x01", "latin1");
  sector.fill(" ", 8, 72);
  sector.write(label, 40);
  both32(sector, 80, sectors);
  for (const one of [120, 124]) both16(sector, one, 1);
  both16(sector, 128, SECTOR);
  both32(sector, 132, PATHS_BYTES);
  sector.writeUInt32LE(LITTLE_PATHS, 140);
  sector.writeUInt32BE(BIG_PATHS, 148);
  self(Buffer.from([0])).copy(sector, 156);
  // Names of publishers and files, then moments: nobody, none, never.
  sector.fill(" ", 190, 813);
  for (let moment = 813; moment < 881; moment += 17) sector.fill("0", moment, moment + 16);
  sector[881] = 1;
}

/** The root alone, whose name is a zero. */
function paths(sector: Buffer): Buffer {
  sector[0] = 1;
  return sector;
}

const self = (name: Buffer): Buffer => record(name, ROOT, SECTOR, true);

function record(name: Buffer, sector: number, bytes: number, isFolder: boolean): Buffer {
  const entry = Buffer.alloc(33 + name.length + ((name.length + 1) % 2));
  entry[0] = entry.length;
  both32(entry, 2, sector);
  both32(entry, 10, bytes);
  entry[25] = isFolder ? 2 : 0;
  both16(entry, 28, 1);
  entry[32] = name.length;
  name.copy(entry, 33);
  return entry;
}

function both16(buffer: Buffer, at: number, value: number): void {
  buffer.writeUInt16LE(value, at);
  buffer.writeUInt16BE(value, at + 2);
}

function both32(buffer: Buffer, at: number, value: number): void {
  buffer.writeUInt32LE(value, at);
  buffer.writeUInt32BE(value, at + 4);
}
