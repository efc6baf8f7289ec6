/** The resources of the provider `builders` that are IBM Cloud's, for programs. */
export { IbmDiskObject, type IbmDiskObjectArgs } from "./disk-object/resource";
export { IbmImage, type IbmImageArgs } from "./image/resource";
export { IbmMachine, type IbmMachineArgs } from "./machine/resource";
