/** Which ranges of addresses are as good as the whole internet: settings and the rules of reviewers go by the same. */

/**
 * Bits of the widest that somebody has: 10.0.0.0/8, and an old /8 of a company; fc00::/7 of one's own, and of public IPv6 the /19 that
 * the largest providers were given. Source: RFC 1918, RFC 4193, the allocation lists of RIPE NCC.
 */
function widest(range: string): number {
  if (!range.includes(":")) return 8;
  return /^f[cd]/i.test(range) ? 7 : 19;
}

/** How many of the widest fit into it; undefined of what is no range. */
function size(range: string): number | undefined {
  const [isOne, bits] = /^[\da-f.:]+(?:\/(\d{1,3}))?$/i.exec(range) ?? [];
  // What can't be read may be anything, so it must not pass for a single address.
  if (isOne === undefined || !/[.:]|^\d+\//.test(range)) return undefined;
  return 2 ** (widest(range) - Number(bits ?? 128));
}

export function isRange(range: string): boolean {
  return size(range) !== undefined;
}

/** Everybody is in it, or every second one, or a good part of them. */
export function isEverywhere(range: string): boolean {
  return (size(range) ?? 0) > 1;
}

/** The same of many ranges together, none of which is everywhere by itself; nobody of the internet has an address of a private one. */
export function areEverywhere(ranges: readonly string[]): boolean {
  const open = [...new Set(ranges)].filter((range) => !isPrivate(range));
  return open.reduce((total, range) => total + (size(range) ?? 0), 0) > 2;
}

/** Start of a private range, and its bits. Source: RFC 1918, RFC 4193. */
const PRIVATE: readonly (readonly [start: RegExp, bits: number])[] = [
  [/^10\./, 8],
  [/^172\.(1[6-9]|2\d|3[01])\./, 12],
  [/^192\.168\./, 16],
  [/^f[cd][\da-f]{0,2}:/i, 7],
];

function isPrivate(range: string): boolean {
  const [address = "", bits = 128] = range.split("/");
  return PRIVATE.some(([start, least]) => start.test(address) && Number(bits) >= least);
}
