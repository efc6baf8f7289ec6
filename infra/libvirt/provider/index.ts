/** The resources of the provider `builders` that are libvirt's, for programs. */
export { LibvirtImage, type LibvirtImageArgs } from "./image/resource";
export { LibvirtImageName, type LibvirtImageNameArgs } from "./image-name/resource";
export { LibvirtSweep, type LibvirtSweepArgs } from "./sweep/resource";
