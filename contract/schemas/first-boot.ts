/** What a worker says of the first boot of its disk: in records, and where they are kept. */
import * as z from "zod";
import type { FirstBoot } from "../first-boot";

export const firstBootSchema: z.ZodType<FirstBoot> = z.union([
  z.strictObject({ by: z.enum(["kvm", "emulation"]), seconds: z.number().nonnegative() }),
  z.strictObject({ notBooted: z.string().regex(/^[ -~]{1,200}$/, "must be at most 200 printable characters") }),
]);
