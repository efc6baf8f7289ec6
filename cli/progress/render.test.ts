import { describe, expect, it } from "vitest";
import { duration, renderTable, summary } from "./render";
import { Screen } from "./screen";
import type { Row, Table } from "./table";

const build: Row = { name: "build-s390x-0a", arch: "s390x", cells: { build: { state: "done", seconds: 42.4 } } };
const inPlace = (place: string, cells: Row["cells"]): Row => ({
  name: `copr-builder-s390x-g1-0a.${place}`,
  arch: "s390x",
  place,
  cells,
});
const sending = inPlace("ibm_cloud/us-east/s390x", {
  publish: { state: "running", since: 1000, text: "sending 1.2/3.0 GB" },
  boot: { state: "waiting" },
});
const failed = inPlace("hypervisor/vmhost-p09-copr01", {
  publish: { state: "kept" },
  boot: { state: "failed", seconds: 75, text: "boot-1: no ssh after 10 minutes\n  whole log: x" },
});
const table: Table = { rows: [build, failed, sending], removed: 2 };
const view = { width: 120, height: 40, now: 1065 };

describe("on a terminal", () => {
  it("each place has a row, each step a column, and what runs its own words", () => {
    expect(renderTable(table, view)).toEqual(
      [
        "                               build        publish      boot",
        "s390x                          ✓ 42 s",
        "  hypervisor/vmhost-p09-copr01              unchanged    ✗ FAILED     boot-1: no ssh after 10 minutes",
        "  ibm_cloud/us-east/s390x                   1:05 min …   ·",
        "2 of 5 steps done, 1 of them before, 1 run, 1 failed, 2 older images removed",
      ].map((line, index) => (index === 3 ? `${line}            sending 1.2/3.0 GB` : line)),
    );
  });

  it.each([20, 40, 60, 80])("no line is longer than one of %i columns, and hosts can still be told apart", (width) => {
    const other = inPlace("hypervisor/vmhost-p09-copr02", failed.cells);
    const lines = renderTable({ rows: [failed, other], removed: 0 }, { ...view, width });
    for (const line of lines) expect(line.length).toBeLessThan(width);
    if (width > 20) expect(new Set(lines.slice(1, 3)).size).toBe(2);
  });

  it("what has ended gives way where there are too few lines, what fails or runs does not", () => {
    const ended = Array.from({ length: 30 }, (_, index) =>
      inPlace(`x/${index}`, { publish: { state: "done", seconds: 1 } }),
    );
    const lines = renderTable({ rows: [...ended, failed, sending], removed: 0 }, { ...view, height: 12 });
    expect(lines.length).toBeLessThan(12);
    const text = lines.join("\n");
    expect(text).toContain("vmhost-p09-copr01");
    expect(text).toContain("ibm_cloud/us-east");
    expect(text).toMatch(/\((\d+) more that have ended\)/);
  });

  it("nothing is drawn before there is a row", () => {
    expect(renderTable({ rows: [], removed: 0 }, view)).toEqual([]);
  });
});

describe("the screen", () => {
  const written = (isTTY: boolean, use: (screen: Screen) => void): string => {
    let text = "";
    use(new Screen({ isTTY, columns: 80, rows: 24, write: (more: string) => (text += more) }, () => 1065));
    return text;
  };

  it("of a terminal is redrawn in place, below what stays", () => {
    const text = written(true, (screen) => {
      screen.show({ rows: [build], removed: 0 });
      screen.show({ rows: [build], removed: 0 });
      screen.say({ severity: "warning", text: "a region is down" });
      screen.end({ rows: [build], removed: 0 });
    });
    const [first = "", second = ""] = text.split("warning: a region is down\n");
    expect(first.endsWith(`${"\x1b[1A\r".repeat(3)}\x1b[0J`)).toBe(true);
    expect(second).not.toContain("\x1b");
    expect(second).toContain("✓ 42 s");
  });

  it("of no terminal has a line for each change, once, and no control characters", () => {
    const text = written(false, (screen) => {
      screen.show({ rows: [build, sending], removed: 0 });
      screen.show({ rows: [build, sending], removed: 0 });
      screen.end(table);
    });
    expect(text.trimEnd().split("\n")).toEqual([
      "s390x  build: done in 42 s",
      "s390x  ibm_cloud/us-east/s390x  publish: begun",
      "s390x  hypervisor/vmhost-p09-copr01  publish: unchanged",
      "s390x  hypervisor/vmhost-p09-copr01  boot: FAILED after 1:15 min: boot-1: no ssh after 10 minutes",
      summary(table.rows, 2),
    ]);
  });
});

it("durations are as people say them", () => {
  expect([0.4, 59.6, 3599, 3600 * 2 + 61].map(duration)).toEqual(["0 s", "1:00 min", "59:59 min", "2:01 h"]);
});
