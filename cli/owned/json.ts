/** The list as programs read it. */
import * as z from "zod";
import { monthOf } from "../report/prices";
import type { Judged } from "./judge";
import type { Shown } from "./show";

const texts = z.array(z.string());

export const ownedSchema = z
  .strictObject({
    stack: z.string(),
    identity: z.string(),
    at: z.string().meta({ description: "RFC 3339, UTC." }),
    things: z.array(
      z.strictObject({
        platform: z.string().meta({ description: "Or `store`." }),
        kind: z.string().meta({ description: "As its platform names it: AMI, volume, object." }),
        id: z.string(),
        name: z.string(),
        where: z.string(),
        since: z.string().optional(),
        bytes: z.number().optional(),
        usdPerMonth: z.number().optional().meta({ description: "By list price; absent where there is none." }),
        verdict: z.enum(["owned", "at work", "in use", "orphaned"]),
        reason: z.string().meta({ description: "Who owns or uses it; why it is orphaned." }),
      }),
    ),
    missing: z
      .array(z.strictObject({ type: z.string(), name: z.string(), id: z.string() }))
      .meta({ description: "In the state, and not there." }),
    holds: texts.meta({ description: "Which stacks hold what of it: that is not deleted." }),
    unread: texts.meta({ description: "What could not be asked for its uses: nothing is deleted then." }),
    unseen: texts.meta({ description: "What could not be looked at." }),
  })
  .meta({ title: "What a stack owns", description: "What `npm run -s owned -- --stack STACK --json` prints." });

export type Owned = z.infer<typeof ownedSchema>;

export function ownedJson({ stack, identity, judged, missing, holds, unread, unseen, now }: Shown): Owned {
  return {
    ...{ stack, identity, at: now.toISOString() },
    things: judged.map(thing),
    missing: missing.map(({ type, name, id }) => ({ type, name, id })),
    ...{ holds: [...holds], unread: [...unread], unseen: [...unseen] },
  };
}

/** Without what can be done with it. */
function thing({ found, verdict }: Judged): Owned["things"][number] {
  const { platform, kind, id, name, where, since, bytes } = found;
  const usdPerMonth = monthOf(found);
  return {
    ...{ platform, kind, id, name, where },
    ...(since === undefined ? {} : { since }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(usdPerMonth === undefined ? {} : { usdPerMonth }),
    verdict: verdict.kind,
    reason: verdict.kind === "orphaned" ? verdict.why : verdict.by,
  };
}
