/** The table of a run as lines of text, for a terminal of some width, or for none. Pure. */
import type { Cell, Row, StepName, Table } from "./table";

const STEPS: readonly StepName[] = ["build", "publish", "boot"];
/** Widths of these columns, and of those of a terminal that has too few. */
const [CELL, NARROW_CELL] = [12, 8];
/** Below it a place is not told from another. */
const LEAST_PLACE = 16;
const ELLIPSIS = "…";

export interface View {
  /** Columns of the terminal. */
  readonly width: number;
  /** Its lines: rows that have ended give way to those that have not. */
  readonly height: number;
  /** Seconds since 1970. */
  readonly now: number;
}

/** What of a run is shown, in lines that fit; none has a line break. */
export function renderTable({ rows, removed }: Table, { width, height, now }: View): string[] {
  if (rows.length === 0) return [];
  const widest = Math.max(...rows.map((row) => label(row).length));
  const columns = (cell: number): number => STEPS.length * (cell + 1);
  const cell = width > LEAST_PLACE + columns(CELL) ? CELL : NARROW_CELL;
  const place = Math.max(LEAST_PLACE, Math.min(widest, width - 1 - columns(cell)));
  const head = line([" ".repeat(place), ...STEPS.map((step) => step.padEnd(cell))], width);
  const foot = summary(rows, removed);
  const { shown, left } = choose(rows, Math.max(1, height - 2 - 1));
  const body = shown.map((row) => {
    const cells = STEPS.map((step) => shorten(cellText(row.cells[step], now), cell).padEnd(cell));
    return line([shortenMiddle(label(row), place).padEnd(place), ...cells, textOf(row)], width);
  });
  return [head, ...body, ...(left > 0 ? [line([`(${left} more that have ended)`], width)] : []), line([foot], width)];
}

/** What has come since, as a line each, for logs. @param said what has a line already, which this adds to */
export function newLines(said: Set<string>, { rows }: Table): string[] {
  return rows.flatMap((row) =>
    STEPS.flatMap((step) => {
      const cell = row.cells[step];
      if (cell === undefined || cell.state === "waiting") return [];
      const what = `${row.name} ${step} ${cell.state}`;
      if (said.has(what)) return [];
      said.add(what);
      return [`${[row.arch, row.place, step].filter(Boolean).join("  ")}: ${spoken(cell)}`];
    }),
  );
}

/** `13 of 29 done, 2 run, 1 failed`. */
export function summary(rows: readonly Row[], removed: number): string {
  const cells = rows.flatMap(({ cells }) => Object.values(cells));
  const count = (...states: readonly Cell["state"][]): number =>
    cells.filter(({ state }) => states.includes(state)).length;
  const [kept, failed, running] = [count("kept"), count("failed"), count("running")];
  return [
    `${count("done", "kept")} of ${cells.length} steps done${kept > 0 ? `, ${kept} of them before` : ""}`,
    ...(running > 0 ? [`${running} run`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(removed > 0 ? [`${removed} older images removed`] : []),
  ].join(", ");
}

function label({ arch, place }: Row): string {
  return place === undefined ? arch : `  ${place}`;
}

function cellText(cell: Cell | undefined, now: number): string {
  if (cell === undefined) return "";
  switch (cell.state) {
    case "waiting":
      return "·";
    case "kept":
      return "unchanged";
    case "running":
      return `${duration(now - cell.since)} …`;
    case "done":
      return `✓ ${duration(cell.seconds)}`;
    case "failed":
      return `✗ FAILED`;
  }
}

function spoken(cell: Cell): string {
  switch (cell.state) {
    case "waiting":
      return "waits";
    case "kept":
      return "unchanged";
    case "running":
      return "begun";
    case "done":
      return `done in ${duration(cell.seconds)}`;
    case "failed":
      return `FAILED after ${duration(cell.seconds)}${cell.text === "" ? "" : `: ${firstLine(cell.text)}`}`;
  }
}

/** What the step that runs says of itself; a failure before it. */
function textOf({ cells }: Row): string {
  const all = STEPS.flatMap((step) => cells[step] ?? []);
  const failed = all.find((cell) => cell.state === "failed");
  if (failed?.state === "failed") return firstLine(failed.text);
  const running = all.find((cell) => cell.state === "running");
  return running?.state === "running" ? firstLine(running.text) : "";
}

/** Those that have ended give way, the first of them first. */
function choose(rows: readonly Row[], most: number): { readonly shown: readonly Row[]; readonly left: number } {
  if (rows.length <= most) return { shown: rows, left: 0 };
  const open = rows.filter(({ cells }) =>
    Object.values(cells).some(({ state }) => state !== "done" && state !== "kept"),
  );
  const room = Math.max(1, most - 1);
  const ended = rows.filter((row) => !open.includes(row));
  const kept = new Set([...open.slice(0, room), ...ended.slice(ended.length - Math.max(0, room - open.length))]);
  return { shown: rows.filter((row) => kept.has(row)), left: rows.length - kept.size };
}

export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)} min`;
  return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))} h`;
}

function line(parts: readonly string[], width: number): string {
  return shorten(parts.join(" ").trimEnd(), Math.max(1, width - 1));
}

/** The whole is said above the table. */
function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}${ELLIPSIS}`;
}

/** Names of hosts differ at their ends. */
function shortenMiddle(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = Math.ceil((length - 1) / 2);
  return `${text.slice(0, length - 1 - end)}${ELLIPSIS}${text.slice(text.length - end)}`;
}
