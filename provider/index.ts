/** The resources of the provider `builders`, for programs: classes and their arguments, nothing that runs in the provider. */
export { Artifact, type ArtifactArgs } from "./artifact/resource";
export { Hold, type HoldArgs } from "./hold/resource";
export { ImageGuard, type ImageGuardArgs } from "./image-guard/resource";
export { EphemeralStack, type EphemeralStackArgs, type LeaseArgs } from "./ephemeral-stack/resource";
export { InnerStackOwner, type InnerStackOwnerArgs } from "./inner-stack-owner/resource";
export { RecordSignature, type RecordSignatureArgs } from "./record-signature/resource";
export { LoopbackPort, type LoopbackPortArgs } from "./loopback-port/resource";
export { StackRegistration, type StackRegistrationArgs } from "./stack-registration/resource";
export { StackIdentity, type StackIdentityArgs } from "./stack-identity/resource";
export { StaleStacks, type StaleStacksArgs } from "./stale-stacks/resource";
export { SshKey, type SshKeyArgs } from "./ssh-key/resource";
export type { ConnectionArgs } from "./ssh-client/connection-args";
export { SshReady, type SshReadyArgs } from "./ssh-ready/resource";
export { BUILD_TAG, OWNER_TAG, PROVENANCE_TAG, RESOURCE_TAG, STACK_TAG, type Owner } from "./owner";
export type { Store } from "./store";
