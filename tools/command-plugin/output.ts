/** What a command prints: collected as it comes, and passed on line by line while it runs. */
import { StringDecoder } from "node:string_decoder";

export type Logging = "stdout" | "stderr" | "stdoutAndStderr" | "none";

const TAIL_LINES = 40;

class Stream {
  private readonly chunks: Buffer[] = [];
  private readonly decoder = new StringDecoder("utf8");
  private line = "";

  constructor(private readonly onLine: (line: string) => void) {}

  write(chunk: Buffer): void {
    this.chunks.push(chunk);
    const parts = this.decoder.write(chunk).split("\n");
    for (const [index, part] of parts.entries()) {
      if (index > 0) this.flush();
      this.line += part;
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
    this.onLine(this.line);
    this.line = "";
  }
}

export class CommandOutput {
  private readonly lastLines: string[] = [];
  readonly stdout: Stream;
  readonly stderr: Stream;

  /** `log` gets the lines that `logging` allows; the others are kept out of errors too, for they may hold secrets. */
  constructor(
    private readonly logging: Logging,
    log: (line: string) => void,
  ) {
    const shown = (line: string) => {
      this.lastLines.push(line);
      if (this.lastLines.length > TAIL_LINES) this.lastLines.shift();
      log(line);
    };
    const hidden = () => undefined;
    this.stdout = new Stream(logging === "stdout" || logging === "stdoutAndStderr" ? shown : hidden);
    this.stderr = new Stream(logging === "stderr" || logging === "stdoutAndStderr" ? shown : hidden);
  }

  end(): void {
    this.stdout.end();
    this.stderr.end();
  }

  /** The last lines, for an error. */
  tail(): string {
    if (this.lastLines.length > 0) return this.lastLines.join("\n");
    return this.logging === "stdoutAndStderr" ? "it printed nothing" : `output not shown (logging: ${this.logging})`;
  }
}
