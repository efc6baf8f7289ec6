/** `source.options`, in settings and wherever they are kept. */
import * as z from "zod";
import { BUILD_NETWORKS, OPTION_LISTS, type BuildOptions, type OptionList } from "../build-options";

const entries = (list: OptionList) => {
  const { isRight, what, remedy } = OPTION_LISTS[list];
  const entry = z.string().refine(isRight, {
    error: ({ input }) => `${JSON.stringify(input)} is not ${what}; ${remedy}`,
  });
  return z.array(entry).min(1);
};

export const buildOptionsSchema: z.ZodType<BuildOptions> = z.strictObject({
  securityOpt: entries("securityOpt").exactOptional(),
  capAdd: entries("capAdd").exactOptional(),
  ulimit: entries("ulimit").exactOptional(),
  device: entries("device").exactOptional(),
  network: z.enum(BUILD_NETWORKS).exactOptional(),
});
