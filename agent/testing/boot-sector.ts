/** For tests: disks that a BIOS starts, and whose whole program is a line on the first serial port. */
import { leastDisk } from "./least-disk";

/** Prints the text behind it, byte by byte, and does the rest. */
const PRINT = [
  ...[0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0xfc], // cli; ds = 0; cld
  ...[0xbe, 0, 0x7c], // si = the text
  ...[0xac, 0x84, 0xc0, 0x74, 0x06], // al = the next; past the end?
  ...[0xba, 0xf8, 0x03, 0xee, 0xeb, 0xf5], // out 0x3f8, al; again
];
const REST = {
  stays: [0xf4, 0xeb, 0xfd], // hlt, for ever
  "powers off": [0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef, 0xf4, 0xeb, 0xfd], // ACPI's S5, at SeaBIOS's port
};

export function printingDisk(text: string, rest: keyof typeof REST): Buffer {
  const program = Buffer.from([...PRINT, ...REST[rest]]);
  program[7] = program.length;
  // More than a cylinder: SeaBIOS reads nothing from less.
  const disk = Buffer.concat([leastDisk("BIOS"), Buffer.alloc(4 << 20)]);
  Buffer.concat([program, Buffer.from(`${text}\r\n\0`)]).copy(disk);
  return disk;
}
