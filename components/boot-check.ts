/** Starts throw-away machines from a published image and passes only if each of them is what it should be. */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { PlaceSpec } from "../infra/specs";
import type { Arch } from "../infra/words";
import { EphemeralStack } from "../provider";
import { programFolder } from "./image-build";

export interface BootCheckArgs {
  /** Build key that a booted machine must show. */
  readonly key: string;
  readonly arch: Arch;
  readonly imageId: pulumi.Input<string>;
  readonly place: PlaceSpec;
  readonly boots: number;
  readonly timeoutMinutes: number;
  readonly checks: readonly string[];
  /** Names of checks that this one makes obsolete, `*` for any characters: other images of the arch in the same place. */
  readonly supersedes: string;
  /** Leave a failed machine running, to look at. @default false */
  readonly keepOnFailure?: boolean;
}

export class BootCheck extends pulumi.ComponentResource {
  /** Seconds from power-on to a running system, one number a boot. */
  readonly seconds: pulumi.Output<readonly number[]>;

  constructor(name: string, args: BootCheckArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("builders:index:BootCheck", name, {}, opts);
    const { key, arch, imageId, place, boots, checks } = args;

    const machines = new EphemeralStack(
      `${name}-machines`,
      {
        program: programFolder("boot-check"),
        // Other checks, or another image, are another check; the size of the machine is not.
        key: checkKey(key, boots, checks),
        config: { job: { key, arch, imageId, place, boots, checks } },
        // A machine that fails once in a hundred boots is what this is here to find: no second try for that. A hypervisor
        // that fails to make one has said nothing of the image; one whose machine lets nobody in has.
        attempts: 2,
        finalTypes: ["builders:index:SshReady", "command:remote:Command"],
        supersedes: args.supersedes,
        timeoutMinutes: args.timeoutMinutes,
        keepOnFailure: args.keepOnFailure ?? false,
      },
      { parent: this },
    );

    this.seconds = machines.outputs.apply((outputs) => outputs["seconds"] as readonly number[]);
    this.registerOutputs({ seconds: this.seconds });
  }
}

function checkKey(key: string, boots: number, checks: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify({ key, boots, checks })).digest("hex");
}
