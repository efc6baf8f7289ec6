import * as pulumi from "@pulumi/pulumi";
export declare class CloudInitDisk extends pulumi.CustomResource {
    /**
     * Get an existing CloudInitDisk resource's state with the given name, ID, and optional extra
     * properties used to qualify the lookup.
     *
     * @param name The _unique_ name of the resulting resource.
     * @param id The _unique_ provider ID of the resource to lookup.
     * @param state Any extra arguments used during the lookup.
     * @param opts Optional settings to control the behavior of the CustomResource.
     */
    static get(name: string, id: pulumi.Input<pulumi.ID>, state?: CloudInitDiskState, opts?: pulumi.CustomResourceOptions): CloudInitDisk;
    /**
     * Returns true if the given object is an instance of CloudInitDisk.  This is designed to work even
     * when multiple copies of the Pulumi SDK have been loaded into the same process.
     */
    static isInstance(obj: any): obj is CloudInitDisk;
    /**
     * cloud-init user data.
     */
    readonly metaData: pulumi.Output<string | undefined>;
    /**
     * A unique name for the resource, required by libvirt.
     */
    readonly name: pulumi.Output<string>;
    /**
     * cloud-init network-config data.
     */
    readonly networkConfig: pulumi.Output<string | undefined>;
    /**
     * The pool where the resource will be created.
     * If not given, the `default` pool will be used.
     * For user_data, network_config and meta_data parameters have a look at upstream doc:
     * http://cloudinit.readthedocs.io/en/latest/topics/datasources/nocloud.html#datasource-nocloud
     */
    readonly pool: pulumi.Output<string | undefined>;
    /**
     * cloud-init user data.
     */
    readonly userData: pulumi.Output<string | undefined>;
    /**
     * Create a CloudInitDisk resource with the given unique name, arguments, and options.
     *
     * @param name The _unique_ name of the resource.
     * @param args The arguments to use to populate this resource's properties.
     * @param opts A bag of options that control this resource's behavior.
     */
    constructor(name: string, args?: CloudInitDiskArgs, opts?: pulumi.CustomResourceOptions);
}
/**
 * Input properties used for looking up and filtering CloudInitDisk resources.
 */
export interface CloudInitDiskState {
    /**
     * cloud-init user data.
     */
    metaData?: pulumi.Input<string | undefined>;
    /**
     * A unique name for the resource, required by libvirt.
     */
    name?: pulumi.Input<string | undefined>;
    /**
     * cloud-init network-config data.
     */
    networkConfig?: pulumi.Input<string | undefined>;
    /**
     * The pool where the resource will be created.
     * If not given, the `default` pool will be used.
     * For user_data, network_config and meta_data parameters have a look at upstream doc:
     * http://cloudinit.readthedocs.io/en/latest/topics/datasources/nocloud.html#datasource-nocloud
     */
    pool?: pulumi.Input<string | undefined>;
    /**
     * cloud-init user data.
     */
    userData?: pulumi.Input<string | undefined>;
}
/**
 * The set of arguments for constructing a CloudInitDisk resource.
 */
export interface CloudInitDiskArgs {
    /**
     * cloud-init user data.
     */
    metaData?: pulumi.Input<string | undefined>;
    /**
     * A unique name for the resource, required by libvirt.
     */
    name?: pulumi.Input<string | undefined>;
    /**
     * cloud-init network-config data.
     */
    networkConfig?: pulumi.Input<string | undefined>;
    /**
     * The pool where the resource will be created.
     * If not given, the `default` pool will be used.
     * For user_data, network_config and meta_data parameters have a look at upstream doc:
     * http://cloudinit.readthedocs.io/en/latest/topics/datasources/nocloud.html#datasource-nocloud
     */
    pool?: pulumi.Input<string | undefined>;
    /**
     * cloud-init user data.
     */
    userData?: pulumi.Input<string | undefined>;
}
