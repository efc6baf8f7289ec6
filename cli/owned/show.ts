/** The list as people read it. */
import { monthOf } from "../report/prices";
import { age, size, usd } from "../report/format";
import type { Judged, Missing, Verdict } from "./judge";

export interface Shown {
  readonly stack: string;
  readonly identity: string;
  readonly judged: readonly Judged[];
  readonly missing: readonly Missing[];
  /** Which stacks hold what of it, in words. */
  readonly holds: readonly string[];
  /** Who may use what, for it can't be read. */
  readonly unread: readonly string[];
  /** What could not be looked at, and why: what is there is not known. */
  readonly unseen: readonly string[];
  readonly now: Date;
}

export function listText({ stack, identity, judged, missing, holds, unread, unseen, now }: Shown): string {
  const sections = (["owned", "at work", "in use", "orphaned"] as const).flatMap((kind) => {
    const members = judged.filter(({ verdict }) => verdict.kind === kind);
    return members.length === 0 ? [] : [`${kind}: ${members.length}`, ...members.map((one) => `  ${line(one, now)}`)];
  });
  const gone = missing.map(({ type, name, id }) => `  ${type} ${name}: ${id} is not there`);
  return [
    `${stack}, identity ${identity}`,
    ...sections,
    ...(gone.length === 0 ? [] : [`missing: ${gone.length}; the next "pulumi up" makes images again`, ...gone]),
    ...(holds.length === 0 ? [] : ["held, so it is not deleted:", ...holds.map((hold) => `  ${hold}`)]),
    ...(unread.length === 0 ? [] : ["not known, so nothing is deleted:", ...unread.map((why) => `  ${why}`)]),
    ...unseen.map((why) => `not looked at: ${why}`),
    ...(judged.length + missing.length === 0 ? ["nothing carries this identity"] : []),
  ].join("\n");
}

function reason(verdict: Verdict): string {
  switch (verdict.kind) {
    case "orphaned":
      return verdict.why;
    case "in use":
      return `no state knows of it, ${verdict.by}`;
    default:
      return `of ${verdict.by}`;
  }
}

function line({ found, verdict }: Judged, now: Date): string {
  const { platform, kind, id, name, where, since, bytes } = found;
  const month = monthOf(found);
  const facts = [
    `${platform} ${where}`,
    ...(since === undefined ? [] : [`for ${age(since, now)}`]),
    ...(bytes === undefined ? [] : [size(bytes)]),
    ...(month === undefined ? [] : [`${usd(month)} a month`]),
    reason(verdict),
  ];
  return `${kind} ${id === name ? id : `${id} (${name})`}: ${facts.join(", ")}`;
}
