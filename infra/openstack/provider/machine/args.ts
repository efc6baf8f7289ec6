import { z } from "zod";
import { identitySchema } from "../../../../provider/owner";
import { choiceSchema } from "../cloud/access";

/** Source: Nova's API reference, "user_data" of "Create server": 65535 characters of base64. */
const MOST_USER_DATA = 49_149;

export const machineNameSchema = z.string().min(1).max(255);

export const argsSchema = z.object({
  cloud: choiceSchema,
  name: machineNameSchema,
  identity: z.union([identitySchema, z.literal("nobody")]),
  image: z.string().min(1),
  flavor: z.string().min(1),
  network: z.string().min(1),
  securityGroups: z.array(z.string().min(1)),
  floatingNetwork: z.string().min(1).exactOptional(),
  availabilityZone: z.string().min(1).exactOptional(),
  diskGib: z.int().positive().exactOptional(),
  userData: z.string().max(MOST_USER_DATA),
});
export type Args = z.output<typeof argsSchema>;
