/** How one text differs from another, line by line, as people read it in a terminal. */

/** Lines with `-` and `+` in front, two equal ones around them; undefined if the texts are equal. */
export function difference(committed: string, wanted: string): string | undefined {
  if (committed === wanted) return undefined;
  const steps = align(lines(committed), lines(wanted));
  const near = steps.map((_, index) => steps.slice(Math.max(0, index - 2), index + 3).some(({ sign }) => sign !== " "));
  const shown = steps.flatMap(({ sign, line }, index) => {
    if (near[index] !== true) return [];
    const gap = index > 0 && near[index - 1] !== true ? ["  ..."] : [];
    return [...gap, `${sign} ${line}`];
  });
  return shown.join("\n");
}

interface Step {
  readonly sign: " " | "-" | "+";
  readonly line: string;
}

/** The last line break counts: without it the texts differ. */
function lines(text: string): string[] {
  const all = text.split("\n");
  const last = all.pop();
  return last === undefined || last === "" ? all : [...all, `${last} (no line break at the end)`];
}

/** Keeps the longest common part of both; files of some hundred lines. */
function align(before: readonly string[], now: readonly string[]): Step[] {
  const common = Array.from({ length: before.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      const row = common[i];
      if (row) row[j] = before[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const steps: Step[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < now.length) {
    const [old, line] = [before[i], now[j]];
    if (old !== undefined && old === line) steps.push({ sign: " ", line: old });
    if (old !== undefined && old === line) [i, j] = [i + 1, j + 1];
    else if (old !== undefined && (line === undefined || at(i + 1, j) >= at(i, j + 1))) {
      steps.push({ sign: "-", line: old });
      i += 1;
    } else if (line !== undefined) {
      steps.push({ sign: "+", line });
      j += 1;
    }
  }
  return steps;
}
