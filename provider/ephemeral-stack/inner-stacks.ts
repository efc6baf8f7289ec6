/** Opens inner stacks: one at a time, under a lease, with a log of its own. */
import { StuckWatch } from "./stuck";
import type { Decoded } from "../codec";
import { parseUrn } from "../../contract/urn";
import type { Call } from "../handler";
import type { OpenStore } from "../object-store";
import type { Run } from "../process";
import type { KeptForms } from "../room";
import { findProject, readProject } from "../project";
import type { EphemeralArgs, LeaseArgs, RecordArgs } from "./args";
import { InnerCli } from "./cli";
import { InnerLog, logPath } from "./inner-log";
import { Lease } from "./lease";
import { Lifecycle } from "./lifecycle";
import { type Machine, thisMachine } from "./lock";
import { StatusLine, eventText } from "./progress";
import { lookAtRecord, type RecordState, type RecordWitnesses } from "./record";
import { findParent, settingsPath } from "./settings-file";
import { strayMark } from "./strays";
import { Turns } from "../turns";

export interface InnerStacksOptions {
  readonly run: Run;
  readonly openStore: OpenStore;
  readonly formTags: KeptForms["tagsOf"];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly machine?: Machine;
}

export interface InnerStack {
  readonly stack: string;
  readonly args: EphemeralArgs;
  /** The inputs as they came: which of them are secret. */
  readonly inputs: Decoded;
}

/** A holder of the lease that may be about to end: a provider whose engine is gone takes a while to stop. */
const PATIENCE_SECONDS = 60;

export class InnerStacks {
  private readonly turns = new Turns();
  private readonly machine: Machine;

  constructor(private readonly options: InnerStacksOptions) {
    this.machine = options.machine ?? thisMachine;
  }

  /** Names of all stacks of the program. */
  list(program: string, call: Call): Promise<readonly string[]> {
    const cli = new InnerCli({
      ...this.cliOptions("", program, call),
      onEvent: () => undefined,
      onText: (text) => call.log.warn(text),
    });
    return cli.stacks([{ when: call.gone, graceSeconds: 10 }]);
  }

  /**
   * Works on one stack while nobody else does.
   * @throws HeldError if somebody else who lives works on it
   */
  work<T>(
    inner: InnerStack,
    call: Call,
    work: (lifecycle: Lifecycle) => Promise<T>,
    patienceSeconds: number = PATIENCE_SECONDS,
  ): Promise<T> {
    const { lease } = inner.args;
    return this.turns.take(inner.stack, async () => {
      const held = lease === undefined ? undefined : await this.lease(inner.stack, lease, call, patienceSeconds);
      const { lifecycle, log, cli } = this.open(inner, call, held);
      try {
        const result = await work(lifecycle);
        log.remove();
        return result;
      } finally {
        await held?.end({ lockLeft: cli.lockLeft });
      }
    });
  }

  private lease(stack: string, { store, folder }: LeaseArgs, call: Call, patienceSeconds: number): Promise<Lease> {
    const { machine } = this;
    const object = `${folder}/${stack}.json`;
    return Lease.take({ store: this.options.openStore(store), object, stack, machine, call, patienceSeconds });
  }

  private open(
    { stack, args, inputs }: InnerStack,
    call: Call,
    lease: Lease | undefined,
  ): { lifecycle: Lifecycle; log: InnerLog; cli: InnerCli } {
    const { stack: parentStack, project: parentProject } = parseUrn(call.urn);
    const project = readProject(args.program);
    if (!project) throw new Error(`${args.program} holds no Pulumi.yaml`);
    const log = new InnerLog(logPath(findProject(parentProject, [process.cwd(), args.program])?.root, stack));
    const failedTypes = new Set<string>();
    const refused = new Set<string>();
    const stuck = new StuckWatch(args.quickTypes);
    const status = new StatusLine((text) => call.log.status(text));
    const cli = new InnerCli({
      ...this.cliOptions(stack, args.program, call),
      policyPack: args.policyPack,
      ...(lease && { onEngine: (pid) => lease.engineStarted(pid), outlived: (lock) => lease.covers(lock) }),
      onEvent: (event) => {
        stuck.hear(event);
        if (event.resOpFailedEvent) failedTypes.add(event.resOpFailedEvent.metadata.type);
        if (event.policyEvent?.enforcementLevel === "mandatory") refused.add(event.policyEvent.policyName);
        const said = eventText(event);
        if (said === undefined) return;
        if (said.lasting) log.add(said.text);
        status.say(said.text);
      },
      onText: (text) => log.add(text),
    });
    const lifecycle = new Lifecycle({
      cli,
      stack,
      project: project.name,
      args,
      inputs,
      encryption: findParent(parentProject, parentStack, args.program).encryption,
      settingsPath: settingsPath(project, stack),
      ...{ failedTypes, refused, stuck },
      log,
      call: lease ? { ...call, gone: AbortSignal.any([call.gone, lease.lost]) } : call,
      ...(lease && { lost: lease.lost }),
      look: args.record && this.look(args.record),
    });
    return { lifecycle, log, cli };
  }

  /** A record that is made now can't be older than this, whatever the clock of its store says. */
  private look(record: RecordArgs): (work: "before" | "after") => Promise<RecordState> {
    const { openStore, formTags, now } = this.options;
    const opened = now();
    const witnesses: RecordWitnesses = {
      store: openStore(record.store),
      now,
      formTags,
    };
    return (work) => lookAtRecord(witnesses, record, work === "after" ? opened : undefined);
  }

  private cliOptions(stack: string, program: string, call: Call) {
    const { project, stack: parent } = parseUrn(call.urn);
    const env = { ...innerEnv(findParent(project, parent, program).backendUrl), ...strayMark(stack) };
    return { run: this.options.run, machine: this.machine, stack, program, env };
  }
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
