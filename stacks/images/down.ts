/**
 * A run that had to do without a place ends as one that failed: people and CI see it, nothing is deleted, no output changes. The
 * next one finds all else in the state, and does what is missing.
 */
import type * as pulumi from "@pulumi/pulumi";
import { UserError } from "../../contract/user-error";
import { placeText, type Plan } from "../../model/plan";
import { pathText } from "../../model/settings";
import { complete } from "./at-last";

/**
 * @param entry of the generation that the run makes: known once all else of it is there and has passed its boots
 * @throws UserError naming the places
 */
export async function endWithout(
  { down = [], generations: [current] }: Pick<Plan, "down" | "generations">,
  entry: pulumi.Output<unknown>,
): Promise<void> {
  // A preview leaves out nothing.
  if (down.length === 0 || current === undefined) return;
  await complete(entry);
  const places = down.map((one) => `  ${placeText(one)} (${pathText(one.path)})`);
  throw new UserError(
    [
      `${current.id} is not complete; all else of it is there and has passed its boots. It waits for`,
      ...places,
      `Run "pulumi up" again when ${down.length === 1 ? "it answers" : "they answer"}: it does that alone. ` +
        "`paused` or `bestEffort` at a path ends the waiting.",
    ].join("\n"),
  );
}
