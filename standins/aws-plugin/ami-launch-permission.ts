/** `aws:ec2/amiLaunchPermission:AmiLaunchPermission`: an account, or everybody, may start an image. */
import {
  DescribeImageAttributeCommand,
  ModifyImageAttributeCommand,
  type LaunchPermission,
  type LaunchPermissionModifications,
} from "@aws-sdk/client-ec2";
import { z } from "zod";
import { found } from "./errors";
import type { Call, ResourceKind } from "./kind";
import { regionInput } from "./schemas";
import { until, VISIBLE_MS } from "./wait";

const schema = z
  .strictObject({
    imageId: z.string().min(1),
    accountId: z
      .string()
      .regex(/^\d{12}$/, "must be the twelve digits of an account")
      .optional(),
    group: z.enum(["all"]).optional(),
    region: regionInput,
  })
  .refine(({ accountId, group }) => (accountId === undefined) !== (group === undefined), {
    path: ["accountId"],
    message: "give either accountId or group",
  });
type Inputs = z.infer<typeof schema>;

/** `ami-0-123456789012`, or `ami-0-group-all`. */
function idOf({ imageId, accountId, group }: Inputs): string {
  return accountId === undefined ? `${imageId}-group-${group ?? ""}` : `${imageId}-${accountId}`;
}

function parse(id: string): { readonly imageId: string; readonly permission: LaunchPermission } {
  const [, imageId, group, accountId] = /^(ami-[^-]+)-(?:group-(.+)|(\d{12}))$/.exec(id) ?? [];
  if (imageId === undefined) throw new Error(`"${id}" is no id of a launch permission, as ami-0-123456789012 is`);
  const permission = accountId === undefined ? { Group: group as "all" } : { UserId: accountId };
  return { imageId, permission };
}

async function isThere(id: string, call: Call): Promise<boolean> {
  const { imageId, permission } = parse(id);
  const command = new DescribeImageAttributeCommand({ ImageId: imageId, Attribute: "launchPermission" });
  const answer = await found(call.ec2.send(command));
  return (answer?.LaunchPermissions ?? []).some(
    ({ Group, UserId }) => Group === permission.Group && UserId === permission.UserId,
  );
}

function modify(ImageId: string, LaunchPermission: LaunchPermissionModifications, call: Call): Promise<unknown> {
  return call.ec2.send(new ModifyImageAttributeCommand({ ImageId, Attribute: "launchPermission", LaunchPermission }));
}

export const amiLaunchPermission: ResourceKind<Inputs> = {
  schema,
  updatable: [],
  tagged: false,
  computed: [],
  start: async (inputs, call) => {
    const id = idOf(inputs);
    await modify(inputs.imageId, { Add: [parse(id).permission] }, call);
    return id;
  },
  settle: async (id, _inputs, call) => {
    const bound = { what: `launch permission ${id} to be there`, timeoutMs: VISIBLE_MS };
    await until(bound, call, async () => ((await isThere(id, call)) ? true : undefined));
  },
  look: async (id, call) => {
    if (!(await isThere(id, call))) return undefined;
    const { imageId, permission } = parse(id);
    return { imageId, ...(permission.UserId ? { accountId: permission.UserId } : { group: permission.Group }) };
  },
  remove: async (id, _state, call) => {
    const { imageId, permission } = parse(id);
    await found(modify(imageId, { Remove: [permission] }, call));
  },
};
