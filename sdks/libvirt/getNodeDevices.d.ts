import * as pulumi from "@pulumi/pulumi";
/**
 * Retrieve information about the devices present on the current node
 *
 * ## Example Usage
 *
 * <!--Start PulumiCodeChooser -->
 * ```typescript
 * import * as pulumi from "@pulumi/pulumi";
 * import * as libvirt from "@pulumi/libvirt";
 *
 * const node = libvirt.getNodeDevices({
 *     capability: "pci",
 * });
 * ```
 * <!--End PulumiCodeChooser -->
 */
export declare function getNodeDevices(args?: GetNodeDevicesArgs, opts?: pulumi.InvokeOptions): Promise<GetNodeDevicesResult>;
/**
 * A collection of arguments for invoking getNodeDevices.
 */
export interface GetNodeDevicesArgs {
    /**
     * The type of device, used to filter the output by capability type.
     * Can be one of `system`, `pci`, `usb_device`,  `usb`,  `net`,  `scsi_host`,
     * `scsi_target`,  `scsi`,  `storage`, `fc_host`,  `vports`, `scsi_generic`, `drm`,
     * `mdev`, `mdev_types`, `ccw`, `css`, `ap_card`, `ap_queue`, `ap_matrix`.
     * Defaults to all active devices.
     */
    capability?: string;
}
/**
 * A collection of values returned by getNodeDevices.
 */
export interface GetNodeDevicesResult {
    readonly capability?: string;
    /**
     * A list of devices that match the selected capability
     */
    readonly devices: string[];
    /**
     * The provider-assigned unique ID for this managed resource.
     */
    readonly id: string;
}
/**
 * Retrieve information about the devices present on the current node
 *
 * ## Example Usage
 *
 * <!--Start PulumiCodeChooser -->
 * ```typescript
 * import * as pulumi from "@pulumi/pulumi";
 * import * as libvirt from "@pulumi/libvirt";
 *
 * const node = libvirt.getNodeDevices({
 *     capability: "pci",
 * });
 * ```
 * <!--End PulumiCodeChooser -->
 */
export declare function getNodeDevicesOutput(args?: GetNodeDevicesOutputArgs, opts?: pulumi.InvokeOutputOptions): pulumi.Output<GetNodeDevicesResult>;
/**
 * A collection of arguments for invoking getNodeDevices.
 */
export interface GetNodeDevicesOutputArgs {
    /**
     * The type of device, used to filter the output by capability type.
     * Can be one of `system`, `pci`, `usb_device`,  `usb`,  `net`,  `scsi_host`,
     * `scsi_target`,  `scsi`,  `storage`, `fc_host`,  `vports`, `scsi_generic`, `drm`,
     * `mdev`, `mdev_types`, `ccw`, `css`, `ap_card`, `ap_queue`, `ap_matrix`.
     * Defaults to all active devices.
     */
    capability?: pulumi.Input<string | undefined>;
}
