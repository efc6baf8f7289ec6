/** What a reviewer wants to read above the list of resources: what is new and why, what goes, what waits. */
import * as pulumi from "@pulumi/pulumi";
import { printable } from "../../contract/printable";
import { behindText, downText, pausedTexts, type Plan, type Promotion } from "../../model/plan";

export async function announce(lines: readonly string[]): Promise<void> {
  for (const line of lines) await pulumi.log.info(printable(line));
}

/** A line that the next one replaces. */
export async function announceProgress(line: string): Promise<void> {
  await pulumi.log.info(printable(line), undefined, undefined, true);
}

/** Who could not be asked: the run goes on, and deletes nothing. */
export async function announceUnread(unread: readonly string[]): Promise<void> {
  for (const reason of unread) await pulumi.log.warn(printable(`${reason}. Nothing is deleted until then`));
}

/** Loudly, in every run: places that are left alone are forgotten otherwise. */
export async function announcePaused(planned: Plan): Promise<void> {
  for (const text of pausedTexts(planned)) await pulumi.log.warn(printable(text));
}

/** What the generation waits for. */
export async function announceDown({ down = [], generations: [current] }: Plan): Promise<void> {
  for (const one of down) await pulumi.log.warn(printable(downText(one, current?.id ?? "no generation")));
}

export function announcement(planned: Plan): string[] {
  const { action, reasons, generations, removed, missing, down = [], nextRefresh } = planned;
  const [current, ...kept] = generations;
  if (!current) return [];
  const left = missing.length > 0 ? [`left out${down.length > 0 ? "" : ' by "only"'}: ${missing.join(", ")}`] : [];
  const due = nextRefresh ? `; the next rebuild is due ${nextRefresh.toISOString()}` : "";
  if (action === "unchanged") {
    const goes = removed.length > 0 ? [`removed, used by nobody any more: ${removed.join(", ")}`] : [];
    return [`${current.id} stands: nothing it is made from has changed${due}`, ...left, ...goes];
  }
  const images = current.images.map((image) => `  + ${image.name}: ${image.places.map(({ id }) => id).join(", ")}`);
  return [
    [`${current.id} is new: ${reasons.join("; ")}${due}`, ...images].join("\n"),
    ...left,
    ...(left.length > 0 ? [`${current.id} is not complete after this run: the outputs stay as they are`] : []),
    ...(kept.length > 0 ? [`kept: ${kept.map(({ id }) => id).join(", ")}`] : []),
    ...(removed.length > 0 ? [`removed when ${current.id} has passed its boots: ${removed.join(", ")}`] : []),
  ];
}

export function promotionAnnouncement(promotion: Promotion, from: string): string[] {
  const { action, entries, replaces, notTaken, gone, loses } = promotion;
  const [current, ...before] = entries;
  const built = `built ${current.builtAt}`;
  return [
    action === "unchanged"
      ? `${current.id} of ${from} is in use (${built})`
      : `${current.id} of ${from} is taken (${built})${replaces === undefined ? "" : `, instead of ${replaces}`}`,
    ...(current.behind ?? []).map((one) => `${one.arch} in ${behindText(one, current.id)}`),
    ...notTaken.map(({ id, why }) => `${id} is not taken: ${why}`),
    ...(loses.length > 0 ? [`${current.id} has no image for ${loses.join(", ")}, which ${replaces} has`] : []),
    ...(before.length > 0 ? [`to go back to: ${before.map(({ id }) => id).join(", ")}`] : []),
    ...(gone.length > 0 ? [`used before and gone from ${from}: ${gone.join(", ")}`] : []),
  ];
}
