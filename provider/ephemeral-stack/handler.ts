import { type Call, type ResourceHandler, neverUpdated, parseUrn, replaceOn } from "../handler";
import type { OpenSnapshots } from "../ebs-snapshots";
import type { OpenStore } from "../object-store";
import type { Run } from "../process";
import { findProject, readProject } from "../project";
import { type Decoded, keepAllSecrets } from "../codec";
import { type EphemeralArgs, type RecordArgs, checkArgs, readArgs, readState } from "./args";
import { InnerCli } from "./cli";
import { InnerLog, logPath } from "./inner-log";
import { Lifecycle } from "./lifecycle";
import type { Machine } from "./lock";
import { innerStackName } from "./name";
import { StatusLine, eventText } from "./progress";
import { type RecordWitnesses, lookAtRecord } from "./record";
import { strayMark } from "./strays";
import { findParent, settingsPath } from "./settings-file";
import { superseded } from "./superseded";

export interface EphemeralStackOptions {
  readonly run: Run;
  readonly openStore: OpenStore;
  readonly now: () => number;
  readonly openSnapshots: OpenSnapshots;
  readonly machine?: Machine;
}

export function ephemeralStackHandler(options: EphemeralStackOptions): ResourceHandler {
  return {
    check: checkArgs,
    diff: (olds, news) => replaceOn(["key"], olds, news),
    create: async (inputs, call) => {
      const args = readArgs(inputs.value);
      const { stack: parent, name } = parseUrn(call.urn);
      const stack = innerStackName(parent, name, args.key);
      const started = options.now();
      const { lifecycle, log } = open(options, args, stack, inputs, call);
      if (args.supersedes !== undefined) {
        for (const old of superseded(await lifecycle.stacks(), parent, args.supersedes, stack)) {
          const leftOver = open(options, args, old, inputs, call);
          await leftOver.lifecycle.destroy({ remove: true });
          leftOver.log.remove();
          call.log.info(`destroyed left-over stack ${old}, whose source has changed since`);
        }
      }
      const outputs = await lifecycle.run();
      log.remove();
      const seconds = Math.round((options.now() - started) / 100) / 10;
      return { id: stack, outs: { key: args.key, program: args.program, stack, outputs, seconds } };
    },
    read: (_id, state) => Promise.resolve(keepAllSecrets(state)),
    update: neverUpdated,
    delete: async (_id, state, call) => {
      const { program, stack, key } = readState(state.value);
      if (!readProject(program)) {
        call.log.warn(`${program} holds no Pulumi program any more: can't look whether stack ${stack} was left over`);
        return;
      }
      const args = readArgs({ program, key });
      const { lifecycle, log } = open(options, args, stack, state, call);
      if (await lifecycle.destroy({ remove: true })) call.log.info(`destroyed left-over stack ${stack}`);
      log.remove();
    },
  };
}

function open(
  { run, openStore, openSnapshots, now, machine }: EphemeralStackOptions,
  args: EphemeralArgs,
  stack: string,
  inputs: Decoded,
  call: Call,
): { lifecycle: Lifecycle; log: InnerLog } {
  const { stack: parentStack, project: parentProject } = parseUrn(call.urn);
  const parent = findParent(parentProject, parentStack, args.program);
  const project = readProject(args.program);
  if (!project) throw new Error(`${args.program} holds no Pulumi.yaml`);
  const log = new InnerLog(logPath(findProject(parentProject, [process.cwd(), args.program])?.root, stack));
  const failedTypes = new Set<string>();
  const status = new StatusLine((text) => call.log.status(text));
  const cli = new InnerCli({
    run,
    stack,
    program: args.program,
    env: { ...innerEnv(parent.backendUrl), ...strayMark(stack) },
    onEvent: (event) => {
      if (event.resOpFailedEvent) failedTypes.add(event.resOpFailedEvent.metadata.type);
      const said = eventText(event);
      if (said === undefined) return;
      if (said.lasting) log.add(said.text);
      status.say(said.text);
    },
    onText: (text) => log.add(text),
    ...(machine === undefined ? {} : { machine }),
  });
  const opened = now();
  const { record } = args;
  const witnesses = ({ store }: RecordArgs): RecordWitnesses => ({
    store: openStore(store),
    now,
    snapshotTags: async (region, id) => (await openSnapshots(region).find(id))?.tags,
  });
  const lifecycle = new Lifecycle({
    cli,
    stack,
    project: project.name,
    args,
    inputs,
    encryption: parent.encryption,
    settingsPath: settingsPath(project, stack),
    failedTypes,
    log,
    call,
    look: record && ((work) => lookAtRecord(witnesses(record), record, work === "after" ? opened : undefined)),
  });
  return { lifecycle, log };
}

/** The parent's environment: same backend, same credentials. */
function innerEnv(backendUrl: string | undefined): NodeJS.ProcessEnv {
  const { PULUMI_STACK: _otherStack, ...inherited } = process.env;
  return {
    ...inherited,
    ...(backendUrl === undefined ? {} : { PULUMI_BACKEND_URL: backendUrl }),
    PULUMI_SKIP_UPDATE_CHECK: "1",
  };
}
