/** Longest line that is kept: the rest of it says nothing more to a person. */
const LONGEST = 2000;
// Colours and cursor movements of programs that believe in a terminal.
const ESCAPES = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007]*\u0007|[()][0-9A-B])/g;

/** Cuts what a command writes into lines; a carriage return ends one too, as progress bars use it. */
export class LineSplitter {
  private readonly decoder = new TextDecoder("utf-8");
  private rest = "";
  /** The line that goes on has been shown already. */
  private shown = false;

  constructor(private readonly onLine: (line: string) => void) {}

  push(chunk: Uint8Array): void {
    const parts = (this.rest + this.decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r/);
    this.rest = parts.pop() ?? "";
    for (const part of parts) this.finish(part);
    // A program that never ends its line must not fill the memory.
    if (this.shown) this.rest = "";
    else if (this.rest.length > 10 * LONGEST) {
      this.emit(this.rest);
      this.rest = "";
      this.shown = true;
    }
  }

  end(): void {
    const last = this.rest;
    this.rest = "";
    this.finish(last);
  }

  private finish(line: string): void {
    if (!this.shown) this.emit(line);
    this.shown = false;
  }

  private emit(raw: string): void {
    const line = raw.replace(ESCAPES, "").trimEnd();
    if (line !== "") this.onLine(line.length > LONGEST ? `${line.slice(0, LONGEST)}...` : line);
  }
}
