/** Starts throw-away machines from a published image and passes only if each of them is what it should be. */
import { createHash } from "node:crypto";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { bootAttempts } from "../infra/attempts";
import { imagesOf, type PlaceSpec } from "../infra/specs";
import type { Arch } from "../infra/words";
import type { Store } from "../provider";
import { readBootSeconds } from "../contract/schemas/boot-seconds";
import { programFolder } from "./image-build";
import { innerStackOf, ownedStack } from "./inner-stacks";
import type { BootJob } from "./jobs";

export interface BootCheckArgs {
  /** Build key that a booted machine must show. */
  readonly key: string;
  readonly arch: Arch;
  readonly imageId: pulumi.Input<string>;
  readonly place: PlaceSpec;
  readonly boots: number;
  readonly timeoutMinutes: number;
  readonly checks: readonly string[];
  /** Identity of the stack whose image it is. */
  readonly identity: pulumi.Input<string>;
  /** Where those who work on the machines say so. */
  readonly store: Store;
  /** As in PublishSpec: another text where the image was made again under the same id. @default it was not */
  readonly again?: string;
  /** The image passed its boots in the version before, which noted less of what it had booted. @default false */
  readonly predates?: boolean;
  /** Names of checks that this one makes obsolete, `*` for any characters: other images of the arch in the same place. */
  readonly supersedes: string;
  /** Leave a failed machine running, to look at. @default false */
  readonly keepOnFailure?: boolean;
}

/** Folder of the project: paths in its settings start there. */
const PROJECT = path.join(__dirname, "..");

export class BootCheck extends pulumi.ComponentResource {
  /** Seconds from power-on to a running system, one number a boot. */
  readonly seconds: pulumi.Output<readonly number[]>;

  constructor(name: string, args: BootCheckArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("builders:index:BootCheck", name, {}, opts);
    const { key, arch, imageId, place, boots, checks, identity, store, again, predates = false } = args;

    const job: pulumi.Input<BootJob> = pulumi.all([imageId, identity]).apply(([id, own]) => ({
      key,
      arch,
      imageId: id,
      // Its program runs in another folder.
      place: imagesOf(place).at(place, PROJECT),
      lifetimeMinutes: lifetime(args),
      boots,
      checks,
      stack: pulumi.getStack(),
      identity: own,
    }));
    const machines = ownedStack(
      machineStack(name),
      {
        program: programFolder("boot-check"),
        key: pulumi.output(imageId).apply((id) => checkKey({ ...args, imageId: id })),
        formerKeys: predates ? [formerCheckKey(args)] : [],
        ...(again === undefined ? {} : { again }),
        ...innerStackOf(identity, store),
        config: { job },
        // A machine that fails once in a hundred boots is what this is here to find: no second try for that. A hypervisor
        // that fails to make one has said nothing of the image; one whose machine lets nobody in has.
        ...bootAttempts(place),
        attemptKey: "attempt",
        finalTypes: ["builders:index:SshReady", "command:remote:Command"],
        supersedes: args.supersedes,
        timeoutMinutes: args.timeoutMinutes,
        keepOnFailure: args.keepOnFailure ?? false,
      },
      { parent: this },
    );

    this.seconds = machines.outputs.apply((outputs) => readBootSeconds(outputs, boots));
    this.registerOutputs({ seconds: this.seconds });
  }
}

/** When a check's machines end by themselves, if nobody else ends them: minutes after it must be done. */
const AFTERWARDS_MINUTES = 15;
/** One that is kept to be looked at has a person before it. */
const LOOKED_AT_MINUTES = 120;

function lifetime({ timeoutMinutes, keepOnFailure = false }: BootCheckArgs): number {
  return Math.ceil(timeoutMinutes) + (keepOnFailure ? LOOKED_AT_MINUTES : AFTERWARDS_MINUTES);
}

/** Name of the resource whose inner stack has the machines of a check. */
export function machineStack(check: string): string {
  return `${check}-machines`;
}

type Checked = Pick<BootCheckArgs, "key" | "arch" | "place" | "boots" | "checks"> & { readonly imageId: string };

/** What was booted, where and how: other checks, or another image, are another check. */
export function checkKey({ key, arch, imageId, place, boots, checks }: Checked): string {
  return sha256({ key, imageId, place: imagesOf(place).bootedIn(place, arch), boots, checks });
}

/** What the version before noted. */
export function formerCheckKey({ key, boots, checks }: Pick<Checked, "key" | "boots" | "checks">): string {
  return sha256({ key, boots, checks });
}

function sha256(value: object): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
