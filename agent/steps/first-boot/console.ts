/** What a machine that won't come up says of that on its first serial line. */

/** Each begins a state that nobody but a person at the console ends. Firmware may have left the cursor in the line before. */
const ENDS = [
  // Firmware: SeaBIOS, edk2, SLOF, s390-ccw.
  /\bNo bootable device\b/,
  /\bUEFI Interactive Shell\b/,
  /\bE3407: Load failed/,
  /^! .+ !$/,
  // GRUB.
  /\bEntering rescue mode\.\.\./,
  /\bMinimal BASH-like line editing is supported\b/,
  // Linux; the initial file system of dracut, and of initramfs-tools; systemd.
  /\bKernel panic - not syncing\b/,
  /\bEntering emergency mode\. Exit the shell to continue\b/,
  /\bDropping to a shell!/,
  /\bYou are in (rescue|emergency) mode\b/,
];

const KEPT_LINES = 30;

export class Console {
  private readonly lines: string[] = [];
  private ended: string | undefined;

  add(line: string): void {
    this.lines.push(line);
    if (this.lines.length > KEPT_LINES) this.lines.shift();
    const text = withoutControls(line);
    if (ENDS.some((end) => end.test(text))) this.ended ??= text;
  }

  /** The line that says that it won't come up. */
  get end(): string | undefined {
    return this.ended;
  }

  get last(): readonly string[] {
    return this.lines;
  }
}

/** Firmware and GRUB move the cursor within a line; what is shown of that says nothing. */
function withoutControls(line: string): string {
  return line.replace(/(\\x[0-9a-f]{2})+/g, " ").trim();
}
