/** `aws.getCallerIdentity` and `aws.getRegion`. */
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { z } from "zod";
import type { PluginFunction } from "./plugin-function";

const callerArgs = z.strictObject({ id: z.string().optional() });

export const getCallerIdentity: PluginFunction<z.infer<typeof callerArgs>> = {
  schema: callerArgs,
  call: async (_args, { clients }) => {
    const { Account, Arn, UserId } = await clients.sts().send(new GetCallerIdentityCommand({}));
    return { accountId: Account ?? "", arn: Arn ?? "", id: Account ?? "", userId: UserId ?? "" };
  },
};

const regionArgs = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  region: z.string().optional(),
});

export const getRegion: PluginFunction<z.infer<typeof regionArgs>> = {
  schema: regionArgs,
  call: (args, place) => {
    const region = args.name ?? args.region ?? place.region;
    const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    // The SDK for JavaScript has no list of what regions are called in prose.
    return Promise.resolve({
      id: region,
      name: region,
      region,
      endpoint: `ec2.${region}.${domain}`,
      description: region,
    });
  },
};
