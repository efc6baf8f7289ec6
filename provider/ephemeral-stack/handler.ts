import { type Decoded, keepAllSecrets } from "../codec";
import { parseUrn } from "../../contract/urn";
import { type Diff, type Properties, type ResourceHandler, replaceOn } from "../handler";
import { checkArgs, readArgs, readState } from "./args";
import type { InnerStacks } from "./inner-stacks";
import { destroyLeftOver } from "./left-over";
import { innerStackName, isInnerStackOf } from "./name";
import { superseded } from "./superseded";

export interface EphemeralStackOptions {
  readonly stacks: InnerStacks;
  readonly now: () => number;
}

export function ephemeralStackHandler({ stacks, now }: EphemeralStackOptions): ResourceHandler {
  return {
    check: checkArgs,
    diff,
    create: async (inputs, call) => {
      const args = readArgs(inputs.value);
      const { stack: parent, name } = parseUrn(call.urn);
      const namespace = args.namespace ?? parent;
      const stack = innerStackName(namespace, name, args.key);
      const started = now();
      if (args.supersedes !== undefined) {
        const all = await stacks.list(args.program, call);
        const old = new Set([
          ...all.filter((one) => isInnerStackOf(one, namespace, name)),
          // What the version before left is named after the parent.
          ...[namespace, parent].flatMap((owner) => superseded(all, owner, args.supersedes ?? "", stack)),
        ]);
        old.delete(stack);
        for (const one of old) {
          call.stop.throwIfAborted();
          await stacks.work({ stack: one, args, inputs }, call, (lifecycle) => lifecycle.destroy({ remove: true }));
          call.log.info(`destroyed left-over stack ${one}, whose source has changed since`);
        }
      }
      const outputs = await stacks.work({ stack, args, inputs }, call, (lifecycle) => lifecycle.run());
      const seconds = Math.round((now() - started) / 100) / 10;
      const { key, program, lease, again } = args;
      return { id: stack, outs: { key, program, stack, outputs, seconds, lease, again } };
    },
    read: (_id, state) => Promise.resolve(keepAllSecrets(state)),
    update: (id, olds, news) => Promise.resolve(renamed(id, olds, news)),
    delete: (_id, state, call) => destroyLeftOver(stacks, state, call),
  };
}

/** Another key is other work, unless it is said that the old key meant the same; `again` is the same work once more. */
function diff(olds: Properties, news: Properties): Diff {
  const { formerKeys, again } = news;
  if (again !== undefined && again !== olds.again) return { changes: true, replaces: ["again"] };
  const same = Array.isArray(formerKeys) && olds.key !== news.key && formerKeys.includes(olds.key);
  return same ? { changes: true, replaces: [] } : replaceOn(["key"], olds, news);
}

/** The same work under its new key: nothing runs. */
function renamed(id: string, olds: Decoded, news: Decoded): Properties {
  const { key, formerKeys } = readArgs(news.value);
  if (!formerKeys.includes(readState(olds.value).key))
    throw new Error(`${id} is replaced, never updated, when its work is another: its diff and its update disagree`);
  return { ...keepAllSecrets(olds), key };
}
