/** What a command prints: collected as it comes, and passed on line by line while it runs. */
import { StringDecoder } from "node:string_decoder";

export type Logging = "stdout" | "stderr" | "stdoutAndStderr" | "none";

/** The official plugin stops reading at a longer line of a stream that it logs, for good. */
export const LONGEST_LINE = 64 * 1024;

class Stream {
  private readonly chunks: Buffer[] = [];
  private readonly decoder = new StringDecoder("utf8");
  private line = "";
  /** Did a line get longer than the official plugin can read? */
  overlong = false;

  /** @param onLine absent for a stream that is not logged */
  constructor(private readonly onLine?: (line: string) => void) {}

  write(chunk: Buffer): void {
    this.chunks.push(chunk);
    const parts = this.decoder.write(chunk).split("\n");
    for (const [index, part] of parts.entries()) {
      if (index > 0) this.flush();
      this.line += part;
      if (this.onLine !== undefined && Buffer.byteLength(this.line) > LONGEST_LINE) this.overlong = true;
    }
  }

  end(): void {
    this.line += this.decoder.end();
    if (this.line !== "") this.flush();
  }

  /** Without the newline at the end, as the official provider stores it. */
  text(): string {
    const text = Buffer.concat(this.chunks).toString("utf8");
    return text.endsWith("\n") ? text.slice(0, -1) : text;
  }

  private flush(): void {
    this.onLine?.(this.line);
    this.line = "";
  }
}

export class CommandOutput {
  readonly stdout: Stream;
  readonly stderr: Stream;

  /** `log` gets the lines that `logging` allows. */
  constructor(logging: Logging, log: (line: string) => void) {
    this.stdout = new Stream(logging === "stdout" || logging === "stdoutAndStderr" ? log : undefined);
    this.stderr = new Stream(logging === "stderr" || logging === "stdoutAndStderr" ? log : undefined);
  }

  get overlong(): boolean {
    return this.stdout.overlong || this.stderr.overlong;
  }

  end(): void {
    this.stdout.end();
    this.stderr.end();
  }

  /** Everything, of streams that are not logged too: as the official plugin's errors have it. */
  all(): string {
    return [this.stdout.text(), this.stderr.text()].filter((text) => text !== "").join("\n");
  }
}
