import { stripVTControlCharacters } from "node:util";
import { LineCutter } from "../../contract/line-cutter";
import { printable } from "../../contract/printable";

/** Longest line that is kept: the rest of it says nothing more to a person. */
const LONGEST = 2000;

/** Cuts what a command writes into lines that people can read: without colours and cursor movements, which are for a terminal. */
export class LineSplitter {
  private readonly cutter: LineCutter;

  constructor(onLine: (line: string) => void) {
    this.cutter = new LineCutter((raw) => {
      const line = printable(stripVTControlCharacters(raw)).trimEnd();
      if (line !== "") onLine(line.length > LONGEST ? `${line.slice(0, LONGEST)}...` : line);
    }, 10 * LONGEST);
  }

  push(chunk: Uint8Array): void {
    this.cutter.push(chunk);
  }

  end(): void {
    this.cutter.end();
  }
}
