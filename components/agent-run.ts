/** The agent's run on a worker: copies what it needs, starts it detached, follows it to its result. */
import { posix } from "node:path";
import { remote, type types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { AgentSpec } from "../contract/agent-spec";
import type { BuildSecrets } from "../contract/build-secrets";
import type { CommitRecord } from "../contract/commit-record";
import type { LoginFile } from "../contract/registry-login";
import type { BegunForm, WrittenForm } from "../infra/forms";
import type { Worker } from "../infra/machine";
import type { Arch, Named } from "../infra/words";
import { SshReady } from "../provider";
import { readAnswer } from "../contract/schemas/commit-record";
import { agentScript } from "./agent-script";
import { type BuildObjects, storedObjects } from "./jobs";

export interface AgentRunArgs {
  readonly worker: Worker;
  /** Build key, 64 hex digits. */
  readonly key: string;
  readonly arch: Arch;
  /** Where the agent may write. */
  readonly objects: BuildObjects;
  /** Text of the bundled agent. */
  readonly agent: string;
  /** Path here of the tar file with the build context, absent if an existing image is the source. */
  readonly contextArchive?: string;
  /** Which try this is: each copies the context again, in case that an earlier one was cut off in it. */
  readonly attempt: number;
  /** Forms of the disk that it writes: of each platform, those with one access. @default none */
  readonly forms?: readonly BegunForms[];
  /** After so many minutes the worker ends. */
  readonly lifetimeMinutes: number;
  /** What to do; secret, for its presigned URLs. */
  readonly spec: pulumi.Input<AgentSpec>;
  /** What the worker pulls with; secret. @default it asks without saying who it is */
  readonly logins?: pulumi.Input<LoginFile | undefined>;
  /** What the build is served; secret. @default nothing */
  readonly buildSecrets?: pulumi.Input<BuildSecrets | undefined>;
}

/** What one platform has begun, and how it lets the agent in. */
export interface BegunForms {
  readonly begun: readonly BegunForm[];
  readonly supply: WrittenForm<Named>["supply"];
}

/** Where the agent's program and the build context are on a worker. No try writes where an earlier one may still read. */
export function agentFolder(
  key: string,
  attempt: number,
): { readonly program: string; readonly context: string; readonly run: string } {
  // Not where every user of the machine may write: root runs the program.
  const folder = `/var/lib/copr-builders-${key.slice(0, 8)}`;
  // The spec has secrets: it goes to tmpfs.
  return {
    program: `${folder}/agent.js`,
    context: `${folder}/context-${attempt}.tar`,
    run: `/run/copr-builders/${key.slice(0, 8)}`,
  };
}

export class AgentRun extends pulumi.ComponentResource {
  /** The commit record. */
  readonly artifact: pulumi.Output<CommitRecord>;

  constructor(name: string, args: AgentRunArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("builders:index:AgentRun", name, {}, opts);
    const child = { parent: this };
    const connection = sshConnection(args.worker);
    const triggers = [args.worker.machineId];
    const { program, context, run } = agentFolder(args.key, args.attempt);

    // Before any command dials: @pulumi/command has no bound for a machine that accepts and says nothing.
    const { machineId } = args.worker;
    const ready = new SshReady(`${name}-ssh`, { connection: args.worker.connection, machine: machineId }, child);
    const onMachine = { ...child, dependsOn: ready };
    const agent = new remote.CopyToRemote(
      `${name}-agent`,
      { connection, source: new pulumi.asset.StringAsset(args.agent), remotePath: program, triggers },
      onMachine,
    );
    const archive =
      args.contextArchive === undefined
        ? []
        : [
            new remote.CopyToRemote(
              `${name}-context`,
              {
                connection,
                source: new pulumi.asset.FileAsset(args.contextArchive),
                remotePath: context,
                triggers: [...triggers, args.attempt],
              },
              onMachine,
            ),
          ];
    // On a machine that stays, what a run has left goes, also if the run was killed and is in no state.
    const cleaned = args.worker.ownMachine
      ? []
      : [
          new remote.Command(
            `${name}-clean`,
            { connection, create: "true", delete: cleanCommand(program, run), addPreviousOutputInEnv: false, triggers },
            { ...child, dependsOn: [agent, ...archive] },
          ),
        ];
    const { key, lifetimeMinutes, worker, forms = [] } = args;
    const writer = { connection: worker.connection, machine: worker.machineId, program, folder: run, lifetimeMinutes };
    // Beside the build, which asks for what it writes them with.
    for (const { begun, supply } of forms) supply(name, begun, writer, { ...child, dependsOn: agent });
    const start = { key, lifetimeMinutes, ownMachine: worker.ownMachine, program, run };
    const build = new remote.Command(
      name,
      {
        connection,
        ...scriptOnInput(
          pulumi.secret(
            pulumi
              .all([args.spec, args.logins, args.buildSecrets])
              .apply(([spec, logins, buildSecrets]) => agentScript(start, { spec, logins, buildSecrets })),
          ),
        ),
        // Progress goes to standard error; standard output is the record.
        logging: "stderr",
        triggers,
      },
      // The URLs in the spec are signed anew at each run; an agent that has finished does not need them.
      { ...child, dependsOn: [agent, ...archive, ...cleaned], ignoreChanges: ["stdin"] },
    );

    const expected = { key, arch: args.arch, objects: storedObjects(args.objects) };
    const begun = pulumi.all(forms.flatMap((of) => of.begun).map(({ upload }) => upload));
    // The record names objects and checksums; the secret that made it one went in, not out.
    this.artifact = pulumi.all([pulumi.unsecret(build.stdout), begun]).apply(([stdout, uploads]) =>
      readAnswer(
        stdout,
        expected,
        uploads.filter((upload) => upload !== undefined),
      ),
    );
    this.registerOutputs({ artifact: this.artifact });
  }
}

/** Ends the agent's run and takes away what it has left; the program itself goes last, and what is gone is clean. */
function cleanCommand(program: string, run: string): string {
  return `[ ! -e ${program} ] || node ${program} clean ${run} && rm -rf ${posix.dirname(program)}`;
}

/** The connection as @pulumi/command takes it, of a machine that has let us in already (SshReady). */
export function sshConnection(machine: Pick<Worker, "connection">): types.input.remote.ConnectionArgs {
  const { proxy, ...endpoint } = machine.connection;
  const dials = { dialErrorLimit: 5, perDialTimeout: 10 };
  return { ...endpoint, ...dials, ...(proxy === undefined ? {} : { proxy: { ...proxy, ...dials } }) };
}

/** A command without a text of its own, which the error of a failed one would repeat as a whole. */
export function scriptOnInput(script: pulumi.Input<string>) {
  // Of an update or a delete: sshd takes such variables only where it is told to, and the command fails without.
  return { create: "exec sh -s", stdin: script, addPreviousOutputInEnv: false };
}
