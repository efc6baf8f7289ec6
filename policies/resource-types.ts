/** The resources that rules speak of, by type token. */
import { posix } from "node:path";

export const EPHEMERAL_STACK = "builders:index:EphemeralStack";
export const STACK_IDENTITY = "builders:index:StackIdentity";
export const GENERATION = "builders:index:Generation";

/** The program that boots an image, as the end of its path. */
export const BOOT_CHECK_PROGRAM = "stacks/boot-check";
/** The program that builds. */
export const WORKER_PROGRAM = "stacks/worker";

/** True if an inner stack is of this program, which stands at the end of a path. */
export function isOfProgram(program: unknown, end: string): boolean {
  return typeof program === "string" && `/${posix.normalize(`${program}/`)}`.endsWith(`/${end}/`);
}

/** What shared code declares; a room's own types are in its `policy-view.ts`. */
export const SHARED_TYPES: readonly string[] = [
  ...["AgentRun", "Artifact", "BootCheck", "Hold", "ImageBuild", "ImageGuard", "InnerStackOwner"].map(ours),
  ...[
    "LoopbackPort",
    "PublishedImage",
    "RecordSignature",
    "SshKey",
    "SshReady",
    "StackRegistration",
    "StaleStacks",
  ].map(ours),
  ...[EPHEMERAL_STACK, STACK_IDENTITY, GENERATION],
  ...["command:remote:Command", "command:remote:CopyToRemote"],
];

function ours(name: string): string {
  return `builders:index:${name}`;
}
