// pulumi-resource-libvirt serves the Terraform provider for libvirt to Pulumi, in place of the published plugin of the
// same name where that can't be downloaded: the same tokens and properties, so the same programs run on either.
package main

import (
	"copr-builders/toolchain/libvirt-bridge/bridge"

	"github.com/dmacvicar/terraform-provider-libvirt/libvirt"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

func main() {
	defer libvirt.CleanupLibvirtConnections()
	tfbridge.Main(bridge.Name, bridge.Version, bridge.Provider(), bridge.Schema)
}
