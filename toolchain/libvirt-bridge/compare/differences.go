package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// differences lists, by path, where a program that one schema allows would not run on the other. Descriptions don't
// matter.
func differences(published, bridged schema.PackageSpec) []string {
	var found []string
	add := func(more []string) { found = append(found, more...) }
	add(keys("resources", published.Resources, bridged.Resources))
	add(keys("functions", published.Functions, bridged.Functions))
	add(keys("types", published.Types, bridged.Types))
	add(properties("config", published.Config.Variables, bridged.Config.Variables))
	add(properties("provider", published.Provider.InputProperties, bridged.Provider.InputProperties))
	for token, ours := range bridged.Resources {
		theirs := published.Resources[token]
		add(properties(token+" inputs", theirs.InputProperties, ours.InputProperties))
		add(properties(token+" outputs", theirs.Properties, ours.Properties))
		add(names(token+" required inputs", theirs.RequiredInputs, ours.RequiredInputs))
	}
	for token, ours := range bridged.Types {
		theirs := published.Types[token]
		add(properties(token, theirs.Properties, ours.Properties))
		add(names(token+" required", theirs.Required, ours.Required))
	}
	for token, ours := range bridged.Functions {
		theirs := published.Functions[token]
		add(object(token+" inputs", theirs.Inputs, ours.Inputs))
		add(object(token+" outputs", theirs.Outputs, ours.Outputs))
	}
	slices.Sort(found)
	return found
}

func object(path string, published, bridged *schema.ObjectTypeSpec) []string {
	if published == nil || bridged == nil {
		if published == bridged {
			return nil
		}
		return []string{path + ": only on one side"}
	}
	return append(properties(path, published.Properties, bridged.Properties),
		names(path+" required", published.Required, bridged.Required)...)
}

// properties compares names, types, defaults, secrecy and what a change replaces.
func properties(path string, published, bridged map[string]schema.PropertySpec) []string {
	found := keys(path, published, bridged)
	for name, ours := range bridged {
		theirs, ok := published[name]
		if ok && shape(theirs) != shape(ours) {
			found = append(found, fmt.Sprintf("%s.%s: published %s, bridge %s", path, name, shape(theirs), shape(ours)))
		}
	}
	return found
}

func shape(property schema.PropertySpec) string {
	property.Description, property.DeprecationMessage = "", ""
	text, err := json.Marshal(property)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func names(path string, published, bridged []string) []string {
	ours, theirs := slices.Sorted(slices.Values(bridged)), slices.Sorted(slices.Values(published))
	if slices.Equal(ours, theirs) {
		return nil
	}
	return []string{fmt.Sprintf("%s: published %v, bridge %v", path, theirs, ours)}
}

func keys[V any](path string, published, bridged map[string]V) []string {
	var found []string
	for key := range published {
		if _, ok := bridged[key]; !ok {
			found = append(found, fmt.Sprintf("%s: the bridge lacks %s", path, key))
		}
	}
	for key := range bridged {
		if _, ok := published[key]; !ok {
			found = append(found, fmt.Sprintf("%s: only the bridge has %s", path, key))
		}
	}
	return found
}
