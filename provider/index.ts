/** The resources of the provider `builders`, for programs: classes and their arguments, nothing that runs in the provider. */
export { Artifact, type ArtifactArgs } from "./artifact/resource";
export { AwsImageReady, type AwsImageReadyArgs } from "./aws-image-ready/resource";
export { AwsSweep, type AwsSweepArgs } from "./aws-sweep/resource";
export { EbsCredentials, type EbsCredentialsArgs } from "./ebs-credentials/resource";
export { EbsSnapshot, type EbsSnapshotArgs, type EbsSnapshotSource } from "./ebs-snapshot/resource";
export { EbsUpload, type EbsUploadArgs } from "./ebs-upload/resource";
export { EphemeralStack, type EphemeralStackArgs } from "./ephemeral-stack/resource";
export { LibvirtImage, type LibvirtImageArgs } from "./libvirt-image/resource";
export { LibvirtSweep, type LibvirtSweepArgs } from "./libvirt-sweep/resource";
export { LoopbackPort, type LoopbackPortArgs } from "./loopback-port/resource";
export { StackIdentity, type StackIdentityArgs } from "./stack-identity/resource";
export { SshKey, type SshKeyArgs } from "./ssh-key/resource";
export { SshReady, type SshReadyArgs } from "./ssh-ready/resource";
export { OWNER_TAG, RESOURCE_TAG, type Owner } from "./owner";
export type { Store } from "./store";
