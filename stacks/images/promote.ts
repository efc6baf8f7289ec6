/** A stack that builds nothing: its outputs are a generation that another stack has built and tried. */
import { messageOf } from "../../contract/message-of";
import * as pulumi from "@pulumi/pulumi";
import { imagesOutput } from "../../model/outputs";
import { parseHeld, type Held } from "../../model/outputs/owner";
import { heldImages, parseLedger, promote, PromotionError, type LedgerEntry } from "../../model/plan";
import type { PromoteSettings } from "../../model/settings";
import { Hold, StackIdentity } from "../../provider";
import { announce, promotionAnnouncement } from "./announce";
import { refuseUnsigned } from "./promoted-signatures";
import { isMissing, outputsOf, ownOutputs, type ReadOutput } from "./stacks";

export async function promoteImages(settings: PromoteSettings) {
  const { from } = settings.promote;
  const [own, offering] = await Promise.all([ownOutputs(), readFrom(from)]);
  const held = parseHeld(offering);
  const used = isSameSource(own, from, held) ? parseLedger(own("generations")) : [];
  const promotion = promote({ settings, offered: parseLedger(offering("generations")), used, now: new Date() });
  await announce(promotionAnnouncement(promotion, from));
  await refuseUnsigned({ signing: settings.signing, from, held, entries: promotion.entries });
  const reads = held && { store: held.store, owner: held.identity };
  const { identity } = new StackIdentity("identity", { ...(reads && { reads }) });
  const holds =
    held === undefined ? await noHolds(from) : holdAll(promotion.entries, { ...held, from, reader: identity, used });
  const [current, previous] = promotion.entries;
  return {
    images: once(holds, imagesOutput(current)),
    previousImages: once(holds, imagesOutput(previous)),
    generations: once(holds, promotion.entries),
    identity,
    promotedFrom: from,
    ...(held === undefined ? {} : { promotedFromIdentity: held.identity }),
  };
}

/** @throws PromotionError */
async function readFrom(from: string): Promise<ReadOutput> {
  try {
    return await outputsOf(from);
  } catch (error) {
    throw new PromotionError(
      isMissing(error)
        ? `promote.from: there is no stack ${from}; write NAME for a stack of this project, else ORGANIZATION/PROJECT/NAME ` +
            '("pulumi stack ls --all" lists them), and if it was renamed, its new name'
        : `promote.from: stack ${from} can't be read: ${messageOf(error)}; ` + "make it readable and run this again",
      { cause: error },
    );
  }
}

/** What was used of another stack is nothing to go back to here. Names change, so they count only where nothing else is known. */
function isSameSource(own: ReadOutput, from: string, held: Held | undefined): boolean {
  const before = own("promotedFromIdentity");
  return before !== undefined && held !== undefined ? before === held.identity : own("promotedFrom") === from;
}

interface Holding extends Held {
  readonly from: string;
  readonly reader: pulumi.Output<string>;
  /** What the last run has taken. */
  readonly used: readonly LedgerEntry[];
}

function holdAll(entries: readonly LedgerEntry[], { identity: owner, used, ...more }: Holding): readonly Hold[] {
  const stack = pulumi.getStack();
  const all = heldImages(entries);
  const known = [...new Set([...heldImages(used).keys(), ...all.keys()])];
  return [...all].map(
    ([generation, images]) => new Hold(`hold-${generation}`, { ...more, owner, generation, stack, images, known }),
  );
}

async function noHolds(from: string): Promise<readonly Hold[]> {
  await pulumi.log.warn(
    `${from} was last run by a version that knows of no holds: it keeps what is used here only if its promotedBy names ` +
      `${pulumi.getStack()}. Run "pulumi up" there, then here`,
  );
  return [];
}

/** Who reads the outputs finds nothing that is not held. A preview, in which nothing is, shows them all the same. */
function once<T>(holds: readonly Hold[], value: T): pulumi.Output<T> {
  return pulumi.all(holds.map(({ urn }) => urn)).apply(() => value);
}
