/** Shows the table of a run: redrawn in place on a terminal, as a line for each change anywhere else. */
import { isDeepStrictEqual } from "node:util";
import { newLines, renderTable, summary } from "./render";
import type { Message, Table } from "./table";

/** Where it is shown: process.stdout, or a test's. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const [UP, CLEAR_BELOW] = ["\x1b[1A\r", "\x1b[0J"];

export class Screen {
  private drawn: readonly string[] = [];
  private readonly said = new Set<string>();

  constructor(
    private readonly output: Output,
    private readonly now: () => number = () => Date.now() / 1000,
  ) {}

  /** Text that stays, above the table. */
  say({ severity, text }: Message): void {
    this.wipe();
    this.output.write(`${severity === "info" ? "" : `${severity}: `}${text}\n`);
  }

  show(table: Table): void {
    if (this.output.isTTY !== true) {
      for (const line of newLines(this.said, table)) this.output.write(`${line}\n`);
    } else {
      const { columns: width = 80, rows: height = 24 } = this.output;
      const lines = renderTable(table, { width, height, now: this.now() });
      if (isDeepStrictEqual(lines, this.drawn)) return;
      this.wipe();
      this.output.write(lines.map((line) => `${line}\n`).join(""));
      this.drawn = lines;
    }
  }

  /** The last table stays. */
  end(table: Table): void {
    this.show(table);
    if (this.output.isTTY !== true && table.rows.length > 0)
      this.output.write(`${summary(table.rows, table.removed)}\n`);
    this.drawn = [];
  }

  private wipe(): void {
    if (this.drawn.length > 0) this.output.write(`${UP.repeat(this.drawn.length)}${CLEAR_BELOW}`);
    this.drawn = [];
  }
}
