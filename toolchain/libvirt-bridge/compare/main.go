// compare shows where this bridge differs from the published plugin's schema; programs run on either when it is silent.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"copr-builders/toolchain/libvirt-bridge/bridge"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
)

func main() {
	if err := compare(); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func compare() error {
	var published schema.PackageSpec
	if err := json.Unmarshal(bridge.Schema, &published); err != nil {
		return fmt.Errorf("schema.json: %w", err)
	}
	bridged, err := bridgedSchema()
	if err != nil {
		return fmt.Errorf("the bridge's schema: %w", err)
	}
	if found := differences(published, bridged); len(found) > 0 {
		return fmt.Errorf("the bridge differs from the published schema:\n  %s", strings.Join(found, "\n  "))
	}
	return nil
}

// bridgedSchema is what the bridge derives from the Terraform provider, as a reader of its JSON gets it.
func bridgedSchema() (schema.PackageSpec, error) {
	// All that it has to say is that it finds no documentation of the Terraform provider to convert.
	silent := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	derived, err := tfgen.GenerateSchema(bridge.Provider(), silent)
	if err != nil {
		return schema.PackageSpec{}, err
	}
	text, err := json.Marshal(derived)
	if err != nil {
		return schema.PackageSpec{}, err
	}
	var result schema.PackageSpec
	return result, json.Unmarshal(text, &result)
}
