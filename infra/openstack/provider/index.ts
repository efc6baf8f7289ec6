/** The resources of the provider `builders` that are OpenStack's, for programs. */
export { GlanceGrant, type GlanceGrantArgs } from "./grant/resource";
export { GlanceImage, type GlanceImageArgs } from "./image/resource";
export { GlanceImageName, type GlanceImageNameArgs } from "./image-name/resource";
export { GlanceUpload, type GlanceUploadArgs } from "./upload/resource";
export { NovaMachine, type NovaMachineArgs } from "./machine/resource";
export { NovaSweep, type NovaSweepArgs } from "./sweep/resource";
