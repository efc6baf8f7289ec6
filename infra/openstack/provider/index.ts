/** The resources of the provider `builders` that are OpenStack's, for programs. */
export { GlanceImage, type GlanceImageArgs } from "./image/resource";
export { GlanceImageName, type GlanceImageNameArgs } from "./image-name/resource";
export { NovaMachine, type NovaMachineArgs } from "./machine/resource";
export { NovaSweep, type NovaSweepArgs } from "./sweep/resource";
