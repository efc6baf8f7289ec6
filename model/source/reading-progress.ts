/** How far the reading of a context is, for a person who waits for it. */

/** Shorter than that nobody asks. */
const QUIET_MS = 2_000;
const EVERY_MS = 3_000;

export class ReadingProgress {
  private readonly bytes: number;
  private read = { files: 0, bytes: 0 };
  private next: number;
  private hasSaid = false;

  constructor(
    private readonly context: string,
    private readonly files: readonly { readonly size: number }[],
    private readonly say: ((text: string) => Promise<void>) | undefined,
    private readonly now: () => Date,
  ) {
    this.bytes = files.reduce((sum, { size }) => sum + size, 0);
    this.next = now().getTime() + QUIET_MS;
  }

  bytesRead(bytes: number): void {
    this.read.bytes += bytes;
  }

  fileRead(): void {
    this.read.files++;
  }

  /** Says it where it is time to. */
  async tell(): Promise<void> {
    const now = this.now().getTime();
    if (now < this.next) return;
    this.next = now + EVERY_MS;
    this.hasSaid = true;
    await this.say?.(this.text());
  }

  /** The last word is the whole, where there was another one. */
  async end(): Promise<void> {
    if (this.hasSaid) await this.say?.(this.text());
  }

  private text(): string {
    const { files, bytes } = this.read;
    // A file may have grown meanwhile.
    const all = Math.max(this.bytes, bytes);
    return `reading ${this.context}: ${count(files)} of ${count(this.files.length)} files, ${gb(bytes)} of ${gb(all)} GB`;
  }
}

const count = (files: number): string => files.toLocaleString("en");

const gb = (bytes: number): string => (bytes / 1e9).toFixed(1);
