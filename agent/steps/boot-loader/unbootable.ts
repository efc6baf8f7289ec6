/** What firmware misses on a disk. */
export class Unbootable extends Error {
  override readonly name = "Unbootable";
}

export function need(condition: boolean, missing: string): asserts condition {
  if (!condition) throw new Unbootable(missing);
}
