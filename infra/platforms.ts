/** Every platform: the one list that a new cloud is added to, one line. */
export { aws } from "./aws";
export { ibm } from "./ibm";
export { libvirt } from "./libvirt";
export { openstack } from "./openstack";
export { ssh } from "./ssh";
