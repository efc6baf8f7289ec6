/** The resources of the provider `builders` that are IBM Cloud's, for programs. */
export { IbmDiskGrant, type IbmDiskGrantArgs } from "./disk-grant/resource";
export { IbmDiskUpload, type IbmDiskUploadArgs } from "./disk-upload/resource";
export { IbmDiskObject, type IbmDiskObjectArgs, type SentDisk } from "./disk-object/resource";
export { IbmImage, type IbmImageArgs } from "./image/resource";
export { IbmMachine, type IbmMachineArgs } from "./machine/resource";
