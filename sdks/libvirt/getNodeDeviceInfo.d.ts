import * as pulumi from "@pulumi/pulumi";
import * as inputs from "./types/input";
import * as outputs from "./types/output";
/**
 * Retrieve information about a specific device on the current node
 *
 * ## Example Usage
 *
 * <!--Start PulumiCodeChooser -->
 * ```typescript
 * import * as pulumi from "@pulumi/pulumi";
 * import * as libvirt from "@pulumi/libvirt";
 *
 * const device = libvirt.getNodeDeviceInfo({
 *     name: "pci_0000_00_00_0",
 * });
 * ```
 * <!--End PulumiCodeChooser -->
 */
export declare function getNodeDeviceInfo(args: GetNodeDeviceInfoArgs, opts?: pulumi.InvokeOptions): Promise<GetNodeDeviceInfoResult>;
/**
 * A collection of arguments for invoking getNodeDeviceInfo.
 */
export interface GetNodeDeviceInfoArgs {
    /**
     * Holds key `type` that describes the type of network interface: `80203` for IEEE 802.3 or `80211` for IEEE 802.11
     */
    capability?: inputs.GetNodeDeviceInfoCapability;
    /**
     * The name of the device name as expected by [libvirt](https://www.libvirt.org/manpages/virsh.html#nodedev-commands).
     */
    name: string;
}
/**
 * A collection of values returned by getNodeDeviceInfo.
 */
export interface GetNodeDeviceInfoResult {
    /**
     * Holds key `type` that describes the type of network interface: `80203` for IEEE 802.3 or `80211` for IEEE 802.11
     */
    readonly capability: outputs.GetNodeDeviceInfoCapability;
    /**
     * For type `drm` holds the `path` and `link` that point to the device
     */
    readonly devnodes: outputs.GetNodeDeviceInfoDevnode[];
    /**
     * The provider-assigned unique ID for this managed resource.
     */
    readonly id: string;
    readonly name: string;
    /**
     * The parent of this device in the hierarchy
     */
    readonly parent: string;
    /**
     * Full path of the device
     */
    readonly path: string;
    /**
     * The XML returned by the libvirt API call
     */
    readonly xml: string;
}
/**
 * Retrieve information about a specific device on the current node
 *
 * ## Example Usage
 *
 * <!--Start PulumiCodeChooser -->
 * ```typescript
 * import * as pulumi from "@pulumi/pulumi";
 * import * as libvirt from "@pulumi/libvirt";
 *
 * const device = libvirt.getNodeDeviceInfo({
 *     name: "pci_0000_00_00_0",
 * });
 * ```
 * <!--End PulumiCodeChooser -->
 */
export declare function getNodeDeviceInfoOutput(args: GetNodeDeviceInfoOutputArgs, opts?: pulumi.InvokeOutputOptions): pulumi.Output<GetNodeDeviceInfoResult>;
/**
 * A collection of arguments for invoking getNodeDeviceInfo.
 */
export interface GetNodeDeviceInfoOutputArgs {
    /**
     * Holds key `type` that describes the type of network interface: `80203` for IEEE 802.3 or `80211` for IEEE 802.11
     */
    capability?: pulumi.Input<inputs.GetNodeDeviceInfoCapabilityArgs | undefined>;
    /**
     * The name of the device name as expected by [libvirt](https://www.libvirt.org/manpages/virsh.html#nodedev-commands).
     */
    name: pulumi.Input<string>;
}
