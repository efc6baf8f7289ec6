import { z } from "zod";
import { parse } from "../../../../contract/schemas/parse";
import { feedAgent, type FeedOptions, feedShape, guarded } from "../../../../provider/feed/feed";
import { feedingHandler } from "../../../../provider/feed/handler";
import type { ResourceHandler } from "../../../../provider/handler";
import { regionSchema, snapshotIdSchema } from "../ebs-inputs";
import type { GiveSession } from "./session";

const roleSchema = z.string().regex(/^arn:[\w-]+:iam::\d{12}:role\/.+$/, "must be the ARN of a role");
const argsSchema = z.object({
  ...feedShape,
  uploads: z
    .array(
      z.object({
        region: regionSchema,
        snapshotId: snapshotIdSchema,
        role: roleSchema,
        encrypted: z.boolean().optional(),
        kmsKeyId: z.string().optional(),
      }),
    )
    .min(1)
    // A session has one role.
    .refine((uploads) => new Set(uploads.map(({ role }) => role)).size <= 1, "must all have the same role"),
});

export interface EbsCredentialsOptions extends FeedOptions {
  readonly giveSession: GiveSession;
}

export function ebsCredentialsHandler(options: EbsCredentialsOptions): ResourceHandler {
  return feedingHandler(argsSchema, async (inputs, call) => {
    const { uploads, ...fed } = parse(argsSchema, inputs.value, "the inputs of EbsCredentials");
    const give = async () => {
      const credentials = await options.giveSession(uploads);
      return { supply: credentials, shown: `credentials until ${credentials.expiresAt ?? "further notice"}` };
    };
    await feedAgent(fed, "credentials", give, options, call);
    return { id: `${fed.machine}${fed.folder}`, outs: guarded(inputs.value) };
  });
}
