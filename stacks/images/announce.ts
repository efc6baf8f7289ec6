/** What a reviewer wants to read above the list of resources: why there is a new generation, what goes, what is next. */
import * as pulumi from "@pulumi/pulumi";
import type { Plan } from "../../components/plan";

export async function announce(planned: Plan): Promise<void> {
  for (const line of announcement(planned)) await pulumi.log.info(line);
}

export function announcement({ action, reasons, generations, removed, nextRefresh }: Plan): string[] {
  const [current, ...kept] = generations;
  if (!current) return [];
  const due = nextRefresh ? `; the next rebuild is due ${nextRefresh.toISOString()}` : "";
  if (action === "unchanged") return [`${current.id} stands: nothing it is made from has changed${due}`];
  const images = current.images.map((image) => `  + ${image.name}: ${image.places.map(({ id }) => id).join(", ")}`);
  return [
    [`${current.id} is new: ${reasons.join("; ")}${due}`, ...images].join("\n"),
    ...(kept.length > 0 ? [`kept: ${kept.map(({ id }) => id).join(", ")}`] : []),
    ...(removed.length > 0 ? [`removed when ${current.id} has passed its boots: ${removed.join(", ")}`] : []),
  ];
}
