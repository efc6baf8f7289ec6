/** Times, sizes and money as people read them. */
import { shortDigest } from "../../model/plan";
import { code, type Styled } from "./document";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `14 days`, `5 hours`, `3 minutes`, `less than a minute`: whole ones, never rounded up. */
export function age(since: string, now: Date): string {
  const seconds = (now.getTime() - Date.parse(since)) / 1000;
  for (const [unit, name] of [
    [DAY, "day"],
    [HOUR, "hour"],
    [MINUTE, "minute"],
  ] as const) {
    const count = Math.floor(seconds / unit);
    if (count >= 1) return many(count, name);
  }
  return "less than a minute";
}

/** `2026-11-10 04:12 UTC` */
export function moment(time: string | Date): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** `48 s`, `12 min 3 s`, `1 h 4 min` */
export function duration(seconds: number): string {
  if (seconds < 10 && !Number.isInteger(seconds)) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min ${whole % MINUTE} s`;
  return `${Math.floor(whole / HOUR)} h ${Math.floor((whole % HOUR) / MINUTE)} min`;
}

/** `3.2 GiB`, `310 MiB` */
export function size(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.round(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/** `$0.43`; cents and more, but never nothing for something. */
export function usd(amount: number): string {
  return amount > 0 && amount < 0.005 ? "< $0.01" : `$${amount.toFixed(2)}`;
}

export function many(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

/** Short, with the whole of it behind. */
export function digestOf(digest: string): Styled {
  return code(/^[0-9a-f]{64}$/.test(digest) ? `${digest.slice(0, 12)}…` : shortDigest(digest), digest);
}

/** `a`, `a and b`, `a, b and c` */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}
