import { z } from "zod";
import { replaceOn, type Call, type ResourceHandler, neverUpdated, type Properties } from "../handler";
import { failures, parse } from "../inputs";
import { hypervisor } from "../libvirt-image/hypervisor";
import type { Run } from "../process";
import { shellScript } from "./script";

const argsSchema = z.object({
  uri: z.string().superRefine((uri, context) => {
    try {
      hypervisor(uri);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as Error).message });
    }
  }),
  // Short prefixes would match what is not ours.
  prefix: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{7,}$/, "must be 8 or more letters, digits, `.`, `_`, `-`"),
  pools: z.array(z.string().min(1)).min(1),
});
type Args = z.infer<typeof argsSchema>;

/** Until a hypervisor counts as gone. */
const SWEEP_SECONDS = 120;

export function libvirtSweepHandler({ run }: { readonly run: Run }): ResourceHandler {
  const sweep = async (properties: Properties, call: Call): Promise<Args> => {
    const args = parse(argsSchema, properties, "the inputs of a LibvirtSweep");
    const { command, args: words, virshUri } = hypervisor(args.uri);
    const late = AbortSignal.timeout(SWEEP_SECONDS * 1000);
    const { code, stdout, stderr } = await run(command, words, {
      stdin: shellScript(virshUri, args.prefix, args.pools),
      stops: [
        { when: call.gone, graceSeconds: 1 },
        { when: late, graceSeconds: 1 },
      ],
    });
    for (const line of stdout.split("\n").filter((text) => text !== "")) call.log.warn(line);
    if (code !== 0) {
      const why = late.aborted ? `no answer in ${String(SWEEP_SECONDS)} s` : stderr.trim();
      throw new Error(
        `${args.uri}: can't remove what may be left of ${args.prefix}*: ${why}; ` +
          `look with "virsh -c '${args.uri}' list --all" and "vol-list", and run "pulumi up" again`,
      );
    }
    return args;
  };
  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => replaceOn(["uri", "prefix", "pools"], olds, news),
    create: async (inputs, call) => {
      const args = await sweep(inputs.value, call);
      return { id: args.prefix, outs: args };
    },
    read: (_id, state) => Promise.resolve(state.value),
    update: neverUpdated,
    delete: async (_id, state, call) => {
      await sweep(state.value, call);
    },
  };
}
