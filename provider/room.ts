/** What a platform's room brings into the provider's process: its resources, and the forms of disks that it looks after. */
import type { ResourceHandler } from "./handler";
import type { OpenStore } from "./object-store";
import type { ResourceSchema } from "./package-schema";
import type { Run } from "./process";
import type { Wait } from "./wait";

/** The real world, as handlers are given it. */
export interface World {
  readonly run: Run;
  readonly openStore: OpenStore;
  readonly wait: Wait;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly env: NodeJS.ProcessEnv;
}

/** One resource type. */
export interface ResourceType {
  readonly handler: ResourceHandler;
  readonly schema: ResourceSchema;
}

/** Forms that workers write, as commit records name them: what, by where it is. */
export interface KeptForms {
  /** Is this where such a form may be? */
  readonly isIn: (where: string) => boolean;
  /** The tags of one; undefined if there is none. A worker can write one, but can't tag it. */
  readonly tagsOf: (where: string, id: string) => Promise<Readonly<Record<string, string>> | undefined>;
  /**
   * Deletes every one of a build that bears the identity.
   * @throws Error that names what an image of somebody's is made from
   */
  readonly deleteOf: (where: string, owned: { readonly identity: string; readonly key: string }) => Promise<void>;
}

export interface Room {
  /** By type token, e.g. `builders:index:LibvirtImage`. */
  readonly resources: Readonly<Record<string, ResourceType>>;
  /** @default images are made from objects in the store */
  readonly forms?: KeptForms;
}

export type OpenRoom = (world: World) => Room;
