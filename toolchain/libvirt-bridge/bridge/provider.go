// Package bridge maps the Terraform provider for libvirt to the tokens and properties of the published Pulumi plugin.
package bridge

import (
	_ "embed"

	"github.com/dmacvicar/terraform-provider-libvirt/libvirt"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
)

const (
	Name = "libvirt"
	// Version is that of the published plugin whose place this one takes: same schema, same programs.
	Version = "0.5.4"
)

// Schema is what the published plugin answers with; `go run ./generate` compares this provider with it.
//
//go:embed schema.json
var Schema []byte

// Provider is what the plugin serves.
func Provider() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:       shim.NewProvider(libvirt.Provider()),
		Name:    Name,
		Version: Version,
		Config: map[string]*tfbridge.SchemaInfo{
			"uri": {Default: &tfbridge.DefaultInfo{EnvVars: []string{"LIBVIRT_DEFAULT_URI"}}},
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			// The rule below would name it CloudinitDisk.
			"libvirt_cloudinit_disk": {Tok: tfbridge.MakeResource(Name, "index", "CloudInitDisk")},
			// Newer than the published plugin.
			"libvirt_domain": {Fields: map[string]*tfbridge.SchemaInfo{
				"network_interface": {Elem: &tfbridge.SchemaInfo{Fields: map[string]*tfbridge.SchemaInfo{
					"private": {Omit: true},
				}}},
			}},
		},
	}
	info.MustComputeTokens(tokens.SingleModule("libvirt_", "index", tokens.MakeStandard(Name)))
	info.SetAutonaming(255, "-")
	return info
}
