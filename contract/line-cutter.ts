/** Cuts a stream of bytes into lines, by \n, \r\n or a lone \r, as progress bars use it. No line takes more memory than it may. */
export class LineCutter {
  private readonly decoder = new TextDecoder("utf-8");
  private rest = "";
  /** The line that goes on has been given already: its rest is dropped. */
  private given = false;
  /** The last byte was a \r, so a \n after it ends nothing. */
  private returned = false;

  constructor(
    private readonly onLine: (line: string) => void,
    /** Characters, about; what a line has beyond them is dropped. */
    private readonly longest: number,
  ) {}

  push(chunk: Uint8Array): void {
    let text = this.decoder.decode(chunk, { stream: true });
    if (text === "") return;
    if (this.returned && text.startsWith("\n")) text = text.slice(1);
    this.returned = text.endsWith("\r");
    const parts = (this.rest + text).split(/\r\n|\n|\r/);
    this.rest = parts.pop() ?? "";
    for (const part of parts) this.finish(part);
    // A program that never ends its line must not fill the memory.
    if (this.given) this.rest = "";
    else if (this.rest.length > this.longest) {
      this.onLine(this.rest.slice(0, this.longest));
      this.rest = "";
      this.given = true;
    }
  }

  /** What stands behind the last end of a line is a line too. */
  end(): void {
    const last = this.rest;
    this.rest = "";
    if (last !== "" && !this.given) this.onLine(last);
  }

  private finish(line: string): void {
    if (!this.given) this.onLine(line.length > this.longest ? line.slice(0, this.longest) : line);
    this.given = false;
  }
}
