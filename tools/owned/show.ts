/** The list as people read it, and as programs do. */
import { monthOf } from "../report/prices";
import { age, size, usd } from "../report/format";
import type { Judged, Missing } from "./judge";

export interface Shown {
  readonly stack: string;
  readonly identity: string;
  readonly judged: readonly Judged[];
  readonly missing: readonly Missing[];
  /** Which stacks hold what of it, in words. */
  readonly holds: readonly string[];
  /** What could not be looked at, and why: what is there is not known. */
  readonly unseen: readonly string[];
  readonly now: Date;
}

export function listText({ stack, identity, judged, missing, holds, unseen, now }: Shown): string {
  const sections = (["owned", "at work", "orphaned"] as const).flatMap((kind) => {
    const members = judged.filter(({ verdict }) => verdict.kind === kind);
    return members.length === 0 ? [] : [`${kind}: ${members.length}`, ...members.map((one) => `  ${line(one, now)}`)];
  });
  const gone = missing.map(({ type, name, id }) => `  ${type} ${name}: ${id} is not there`);
  return [
    `${stack}, identity ${identity}`,
    ...sections,
    ...(gone.length === 0 ? [] : [`missing: ${gone.length}; the next "pulumi up" makes images again`, ...gone]),
    ...(holds.length === 0 ? [] : ["held, so it is not deleted:", ...holds.map((hold) => `  ${hold}`)]),
    ...unseen.map((why) => `not looked at: ${why}`),
    ...(judged.length + missing.length === 0 ? ["nothing carries this identity"] : []),
  ].join("\n");
}

export function listJson({ stack, identity, judged, missing, holds, unseen, now }: Shown): string {
  const things = judged.map(({ found, verdict }) => ({
    ...plain(found),
    ...verdict,
    ...(monthOf(found) === undefined ? {} : { usdPerMonth: monthOf(found) }),
  }));
  return JSON.stringify({ stack, identity, at: now.toISOString(), things, missing, holds, unseen }, undefined, 2);
}

/** Without what can be done with it. */
function plain({ platform, kind, id, name, where, since, bytes }: Judged["found"]): object {
  return { platform, kind, id, name, where, since, bytes };
}

function line({ found, verdict }: Judged, now: Date): string {
  const { platform, kind, id, name, where, since, bytes } = found;
  const month = monthOf(found);
  const facts = [
    `${platform} ${where}`,
    ...(since === undefined ? [] : [`for ${age(since, now)}`]),
    ...(bytes === undefined ? [] : [size(bytes)]),
    ...(month === undefined ? [] : [`${usd(month)} a month`]),
    verdict.kind === "orphaned" ? verdict.why : `of ${verdict.by}`,
  ];
  return `${kind} ${id === name ? id : `${id} (${name})`}: ${facts.join(", ")}`;
}
