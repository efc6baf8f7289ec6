/**
 * Forms of a disk: what the images of a place are made from where the object in the store will not do. A form is begun before
 * the build, filled by the worker, and finished and owned with the generation; for a disk that is there already it is made
 * from the store.
 */
import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import type * as z from "zod";
import type { FormUpload } from "../contract/agent-spec";
import type { CommitRecord } from "../contract/commit-record";
import type { Store } from "../provider/store";
import type { SshConnection } from "./machine";
import type { Arch, Named } from "./words";

/** A platform's form as settings have it: plain data, which jobs carry. */
export interface FormDefinition<P, F extends z.ZodObject> {
  readonly schema: F;
  readonly of: (place: P) => z.output<F>;
  /** Where it is kept: of one disk there is one there, whatever else differs. */
  readonly where: (form: z.output<F>) => string;
  /**
   * Whose access it is written with: a worker is given one of a platform's; what others are for is made from the store.
   * Undefined: no worker writes it.
   */
  readonly access: (form: z.output<F>) => string | undefined;
  /** What a worker puts is called so in the commit record: in `snapshots` or `bodies`, or else in `notSent`. @default none does */
  readonly upload?: (form: z.output<F>) => string;
  /** Type tokens of the resources in a worker's stack that a second attempt goes on with. */
  readonly continues: readonly string[];
}

/** A form that a disk is wanted in. */
export interface WantedForm<F = Named> {
  readonly form: F;
  /** A text that was not given before: it is lost, and is made again from the store. @default it is there */
  readonly again?: string;
}

/** The disk that it is a form of. */
export interface FormBuild {
  /** Build key, 64 hex digits. */
  readonly key: string;
  readonly arch: Arch;
  /** Name and identity of the stack whose it is. */
  readonly stack: string;
  readonly identity: string;
  readonly store: Store;
  /** Object of the commit record. */
  readonly record: string;
  /** Changes with the machine: another machine builds another disk, and begins its own. */
  readonly machine: Input<string>;
}

/** What takes a disk that the agent puts whole or in parts; undefined where it is not asked to. */
export function receiverOf(upload: Output<FormUpload | undefined>): Output<string | undefined> {
  return upload.apply((asked) => (asked?.format === "put" ? asked.receiver : undefined));
}

/** One that waits for the worker. */
export interface BegunForm<F = Named> {
  readonly form: F;
  readonly build: FormBuild;
  /** What the agent is asked to write; undefined where it can't be asked, and the form is made from the store. */
  readonly upload: Output<FormUpload | undefined>;
}

/** The agent that writes it. */
export interface Writer {
  readonly connection: SshConnection;
  readonly machine: Input<string>;
  /** Paths on the worker: the agent's program, and the folder of its job. */
  readonly program: string;
  readonly folder: string;
  readonly lifetimeMinutes: number;
}

export interface FinishArgs {
  /** Build key, 64 hex digits. */
  readonly key: string;
  readonly arch: Arch;
  readonly store: Store;
  /** Identity of this stack. */
  readonly identity: Input<string>;
}

/** What it is, once it is whole and owned: the platform's own. */
export type FinishedForm = Readonly<Record<string, unknown>>;

/** How a worker writes a platform's form. */
export interface WrittenForm<F = Named> {
  readonly begin: (form: F, build: FormBuild) => BegunForm<F>["upload"];
  /** Supplies the agent, while it runs, with what these are written with. All have one access. */
  readonly supply: (name: string, begun: readonly BegunForm<F>[], writer: Writer, opts: CustomResourceOptions) => void;
}

/** How a disk gets into a platform's form. */
export interface FormParts<F = Named> extends Partial<WrittenForm<F>> {
  /** Whole and owned, from what the worker wrote or else from the store. */
  readonly finish: (
    name: string,
    disk: Output<CommitRecord>,
    wanted: WantedForm<F>,
    args: FinishArgs,
    opts: CustomResourceOptions,
  ) => Output<FinishedForm>;
}
