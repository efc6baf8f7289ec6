import type { ComponentResourceOptions, Input, Output } from "@pulumi/pulumi";
import type { CommitRecord } from "../contract/commit-record";
import type { Store } from "../provider/store";
import type { FinishedForm, FormParts } from "./forms";
import type { Attempt, BootedMachine, MachineOwner, Worker } from "./machine";
import type { Arch, Named } from "./words";

/** A registration of one artifact in one place. */
export interface PublishedImage {
  /** What the pool manager is given: an AMI id, a volume name, an image uuid. */
  readonly imageId: Output<string>;
  /** How long it took, where that is known. */
  readonly seconds?: Output<number>;
}

/** A finished disk as images are made from it: the commit record, and the form that the place asked for. */
export type Disk = Omit<CommitRecord, "snapshots" | "bodies" | "notSent"> & {
  /** @default images are made from the object in the store */
  readonly form?: FinishedForm;
};

/** One published image as one place needs it: plain data, also what the ledger stores. */
export interface PublishSpec<P = Named> {
  readonly arch: Arch;
  /** `copr-builder-ARCH-gN-KEY8` */
  readonly imageName: string;
  readonly place: P;
  readonly store: Store;
  /** Whose the image will be; its identity is known once the stack has one, which is before anything is published. */
  readonly owner: { readonly identity: Input<string>; readonly resource: string };
  /**
   * Changes when the image has to be made again, because it is lost or was left half made: any text that was not given
   * before. Absent while all is well; taking it away again changes nothing.
   */
  readonly again?: string;
  /** Id of the image where it is there, whole and ours: it stays as it is, and is taken over if no state has it. */
  readonly there?: string;
  /** Its resource stands for that one, whatever it was made from. */
  readonly takenOver?: true;
  /** The same image in another place, where the plan says that this one is a copy of it. */
  readonly copyOf?: { readonly place: P; readonly imageId: Input<string> };
}

export interface BootSpec<P = Named> {
  /** @default a machine for nobody but the stack that it is in */
  readonly madeFor?: MachineOwner;
  readonly arch: Arch;
  readonly imageId: Input<string>;
  readonly place: P;
  /** So many minutes after its boot the machine powers itself off. */
  readonly lifetimeMinutes: number;
  /** Which try this is: the platform may look for its machine elsewhere than the tries before. @default 1 */
  readonly attempt?: number;
}

/** One thing that is missing, found before anything starts. */
export interface Finding {
  /** Path in the settings, e.g. `targets.hypervisor.hosts[0].pool`. */
  readonly path: string;
  readonly problem: string;
  readonly remedy: string;
  /** True for what a person should know but no run has to wait for: something could not be asked. @default false */
  readonly note?: true;
}

/** The parts of the settings that use one platform, each with its path. */
export interface PlatformUse<W = Named, P = Named> {
  /** Name of the stack. @default any */
  readonly stack?: string;
  /** Identity of the stack. @default none yet: its first run makes one */
  readonly identity?: string;
  /** Where disks are kept. @default not looked at */
  readonly store?: Store;
  /** Records are signed there. @default false */
  readonly signs?: boolean;
  /** How long a run may take at most, minutes. @default not known */
  readonly minutes?: number;
  /** Generations that stay. @default not known */
  readonly keepGenerations?: number;
  /** Machines that the check of one image starts at once. @default 1 */
  readonly boots?: number;
  readonly workers: readonly { readonly path: string; readonly arch: Arch; readonly spec: W }[];
  readonly places: readonly { readonly path: string; readonly arch: Arch; readonly spec: P }[];
}

/** An image as a place shows it: one of a wanted name, or one that bears an identity. */
export interface SeenImage {
  readonly name: string;
  /** What the pool manager is given. */
  readonly imageId: string;
  /** Identity of the stack that it belongs to; absent: it bears nobody's mark, or was changed since it was marked. */
  readonly owner?: string;
  /** False for one that a killed run left half made: nobody may use it, and it is made again. */
  readonly whole: boolean;
  /** What was taken from it since, and what to do: ends the sentence "NAME in PLACE ...". @default nothing */
  readonly lacks?: string;
}

/** A place as it is. */
export interface PlaceView {
  /**
   * What the place is, however the settings spell it: `libvirt-` with a hash of machine and pool, `aws-ACCOUNT-REGION`. Part
   * of resource names: letters, digits and dashes. The same for the same place in every run and from every machine.
   */
  readonly identity: string;
  readonly images: readonly SeenImage[];
}

/** Something that names an image of ours, and would be left without it. */
export interface ImageUser {
  readonly imageId: string;
  /** As the platform calls its things: `instance`, `launch template`. */
  readonly kind: string;
  /** As the platform knows it: an ARN, an id. */
  readonly id: string;
}

/** Something of ours, wherever it is, for `npm run owned`. */
export interface OwnedThing {
  /** As the platform calls its things: `AMI`, `snapshot`, `volume`, `domain`, `instance`, `security group`. */
  readonly kind: string;
  /** As the platform knows it: an id where things have ids, else a name. */
  readonly id: string;
  readonly name: string;
  /** Region or hypervisor, for people. */
  readonly where: string;
  /** RFC 3339, where the platform tells. */
  readonly since?: string;
  /** Bytes that are paid for, where the platform tells. */
  readonly bytes?: number;
  /** Types of the resources that delete it in the end, each with the text that such a resource knows this very thing by. */
  readonly owners: Readonly<Record<string, string>>;
  /** Name of the resource that owns it, where the thing says so. */
  readonly resource?: string;
  /** What else names it, of an image; rejects where that can't be told. @default nobody is asked */
  readonly users?: () => Promise<readonly ImageUser[]>;
  /** Deletes it, if it still bears the identity it was listed for; what is gone is deleted. */
  remove(): Promise<void>;
}

/** What a platform does, beside what it is (`definePlatform`): loaded where it is used. `infra/testing/contract` runs over each. */
export interface Parts<W = Named, P = Named, F = never> {
  /** Creates a worker in the worker stack. */
  readonly worker: (name: string, arch: Arch, spec: W, opts: ComponentResourceOptions, attempt: Attempt) => Worker;
  /** Registers an artifact from the store. Absent where nothing is published. */
  readonly publish?: (
    name: string,
    spec: PublishSpec<P>,
    artifact: Input<Disk>,
    opts: ComponentResourceOptions,
  ) => PublishedImage;
  /** How a disk gets into the form that images are made from. Absent where the object in the store does. */
  readonly form?: FormParts<F>;
  /** Starts one throw-away machine from a published image in the boot-check stack. Absent where nothing is published. */
  readonly boot?: (name: string, spec: BootSpec<P>, opts: ComponentResourceOptions) => BootedMachine;
  /** Everything that is missing for this use, in one list; empty when all is there. Nothing is changed by asking. */
  readonly preflight: (use: PlatformUse<W, P>) => Promise<Finding[]>;
  /**
   * The place and its images of these names, by as few calls as there are pages of one list. Nothing is changed by asking.
   * Absent where nothing is published.
   */
  readonly look?: (place: P, names: readonly string[]) => Promise<PlaceView>;
  /**
   * What else in a place names which of these images of ours: with them gone it could not go on. Rejects where that can't be told,
   * saying what to do. Nothing is changed by asking. Absent where the platform does not know.
   */
  readonly usersOf?: (place: P, imageIds: readonly string[]) => Promise<readonly ImageUser[]>;
  /** Everything there that bears the identity exactly, whether any state knows of it or not. Absent where nothing is made. */
  readonly owned?: (use: PlatformUse<W, P>, identity: string) => Promise<readonly OwnedThing[]>;
  /** Types of resources that each are one thing of that list: one that the list lacks is gone. Absent where nothing is made. */
  readonly ownedTypes?: readonly string[];
  /** Who we are there, for people; absent where nobody is asked. */
  readonly identity?: (use: PlatformUse<W, P>) => Promise<string | undefined>;
  /** What we must be allowed there, as documents to hand in by name; absent where there is no such thing. */
  readonly policies?: (use: PlatformUse<W, P>) => object;
}

type Whole = Parts<Named, Named, Named>;
/** The same of any platform: a spec of another one, and what it can't do, is refused by name. */
export type AnyParts = Whole & Required<Pick<Whole, "publish" | "boot">> & { readonly form: Required<FormParts> };
