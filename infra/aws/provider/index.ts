/** The resources of the provider `builders` that are AWS's, for programs. */
export { AwsImageName, type AwsImageNameArgs, type AwsImageOrigin } from "./image-name/resource";
export { AwsImageReady, type AwsImageReadyArgs } from "./image-ready/resource";
export { AwsSweep, type AwsSweepArgs } from "./sweep/resource";
export { EbsCredentials, type EbsCredentialsArgs } from "./ebs-credentials/resource";
export { EbsSnapshot, type EbsSnapshotArgs, type EbsSnapshotSource } from "./ebs-snapshot/resource";
export { EbsUpload, type EbsUploadArgs } from "./ebs-upload/resource";
