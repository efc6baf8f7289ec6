/** The header `Retry-After`, seconds or a date (RFC 9110, 10.2.3), as milliseconds from now; undefined where it says nothing. */
export function retryAfterMs(said: string | null | undefined, now = Date.now()): number | undefined {
  if (said === null || said === undefined) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(said) ? Number(said) * 1000 : Date.parse(said) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
