/** What of a disk is not in holes, and its checksum, which every hypervisor compares with what it wrote: see decision 851. */
import { MOST_STRETCHES, type DiskData, type Stretch } from "../../contract/disk-data";
import { MIB } from "../../contract/sizes";
import type { Extent } from "../../ebs";
import { StepError } from "../job/step-error";
import { giveWay, type HashOptions } from "./hash-disk";
import { readThrough } from "./read-through";

interface DataOptions extends HashOptions {
  readonly extents: readonly Extent[];
  readonly sizeBytes: number;
}

/** Undefined for a disk that has data everywhere: its own checksum is as good. */
export async function hashData({
  extents,
  sizeBytes,
  command,
  ...reading
}: DataOptions): Promise<DiskData | undefined> {
  const stretches = stretchesOf(extents);
  const [only, ...more] = stretches;
  if (only?.[0] === 0 && more.length === 0 && only[1] * MIB >= sizeBytes) return undefined;
  const parts = stretches.map(([first, count]) => `${first}+${count}`);
  const said = await readThrough(["sh", "-c", script(command), "sh", reading.from, ...parts], {
    ...reading,
    onStart: giveWay,
  });
  const sha256 = /^[0-9a-f]{64}(?= )/.exec(said)?.[0];
  if (sha256 === undefined) throw new StepError(`can't read the data of ${reading.from}: ${said.trim()}`);
  return { stretches, sha256 };
}

/** A reader that fails says so behind the pipe, whose end is what a shell looks at. */
const script = (hash: readonly string[]): string => `file=$1; shift
{ for part in "$@"; do
  dd if="$file" bs=64k skip="$((\${part%+*} * 16))" count="$((\${part#*+} * 16))" status=none || { echo "dd failed" >&3; break; }
done | ${hash.join(" ")}; } 3>&1`;

/** In whole MiB, the smallest gaps filled where there are too many. */
export function stretchesOf(extents: readonly Extent[]): Stretch[] {
  const rounded = extents.map(({ start, length }) => ({
    first: Math.floor(start / MIB),
    end: Math.ceil((start + length) / MIB),
  }));
  const gaps = rounded.map(({ first }, index) => first - (rounded[index - 1]?.end ?? first));
  const largest = gaps
    .map((gap, index) => ({ gap, index }))
    .filter(({ gap }) => gap > 0)
    .sort((a, b) => b.gap - a.gap)
    .slice(0, MOST_STRETCHES - 1);
  const starts = [0, ...largest.map(({ index }) => index).sort((a, b) => a - b)];
  return starts.flatMap((start, index): Stretch[] => {
    const [first, last] = [rounded[start], rounded[(starts[index + 1] ?? rounded.length) - 1]];
    return first === undefined || last === undefined ? [] : [[first.first, last.end - first.first]];
  });
}
