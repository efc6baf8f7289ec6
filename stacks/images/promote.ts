/** A stack that builds nothing: its outputs are a generation that another stack has built and tried. */
import { imagesOutput } from "../../components/outputs";
import { parseLedger, promote } from "../../components/plan";
import type { PromoteSettings } from "../../components/settings";
import { announce, promotionAnnouncement } from "./announce";
import { outputsOf, ownOutputs } from "./stacks";

export async function promoteImages(settings: PromoteSettings) {
  const { from } = settings.promote;
  const own = ownOutputs();
  // What was used of another stack is nothing to go back to here.
  const sameSource = (await own("promotedFrom")) === from;
  const promotion = promote({
    settings,
    offered: parseLedger(await outputsOf(from)("generations")),
    used: sameSource ? parseLedger(await own("generations")) : [],
    now: new Date(),
  });
  await announce(promotionAnnouncement(promotion, from));
  const [current, previous] = promotion.entries;
  return {
    images: imagesOutput(current),
    previousImages: imagesOutput(previous),
    generations: promotion.entries,
    promotedFrom: from,
  };
}
