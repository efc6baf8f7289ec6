package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// manifest is what a package.json says of interest here.
type manifest struct {
	Name            string            `json:"name"`
	Version         string            `json:"version"`
	Dependencies    map[string]string `json:"dependencies"`
	DevDependencies map[string]string `json:"devDependencies"`
	Pulumi          struct {
		Resource bool   `json:"resource"`
		Name     string `json:"name"`
		Version  string `json:"version"`
		Server   string `json:"server"`
	} `json:"pulumi"`
}

// dependency is a package that the program names in its package.json, as it is installed.
type dependency struct {
	name string
	manifest
}

// GetRequiredPackages lists the provider plugins of the program's direct dependencies, so that the engine has them all
// before it starts. (Programs register every plugin's version with each resource too, so none is ever guessed.)
func (h *host) GetRequiredPackages(
	_ context.Context, req *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	installed, err := dependencies(req.GetInfo().GetProgramDirectory())
	if err != nil {
		return nil, err
	}
	result := &pulumirpc.GetRequiredPackagesResponse{}
	for _, found := range installed {
		if !found.Pulumi.Resource {
			continue
		}
		result.Packages = append(result.Packages, &pulumirpc.PackageDependency{
			Kind:    "resource",
			Name:    firstOf(found.Pulumi.Name, strings.TrimPrefix(found.name, "@pulumi/")),
			Version: firstOf(found.Pulumi.Version, found.Version),
			Server:  found.Pulumi.Server,
		})
	}
	return result, nil
}

// GetProgramDependencies is what `pulumi about` lists.
func (h *host) GetProgramDependencies(
	_ context.Context, req *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	installed, err := dependencies(req.GetInfo().GetProgramDirectory())
	if err != nil {
		return nil, err
	}
	result := &pulumirpc.GetProgramDependenciesResponse{}
	for _, found := range installed {
		result.Dependencies = append(result.Dependencies,
			&pulumirpc.DependencyInfo{Name: found.name, Version: found.Version})
	}
	return result, nil
}

// dependencies reads the nearest package.json at or above the folder, and those of the packages it names.
func dependencies(folder string) ([]dependency, error) {
	file, err := upwards(folder, "package.json")
	if err != nil {
		return nil, err
	}
	program, err := readManifest(file)
	if err != nil {
		return nil, err
	}
	var names []string
	for name := range program.Dependencies {
		names = append(names, name)
	}
	for name := range program.DevDependencies {
		names = append(names, name)
	}
	slices.Sort(names)
	var result []dependency
	for _, name := range slices.Compact(names) {
		path, err := upwards(folder, filepath.Join("node_modules", name, "package.json"))
		if errors.Is(err, fs.ErrNotExist) {
			continue // An optional or development package that was not installed.
		} else if err != nil {
			return nil, err
		}
		found, err := readManifest(path)
		if err != nil {
			return nil, err
		}
		result = append(result, dependency{name: name, manifest: found})
	}
	return result, nil
}

// upwards finds a path in the folder or the nearest folder above it, as node finds modules.
func upwards(folder, path string) (string, error) {
	for at := folder; ; at = filepath.Dir(at) {
		candidate := filepath.Join(at, path)
		if _, err := os.Stat(candidate); err == nil {
			return candidate, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("no %s in %s or above it: %w", path, folder, fs.ErrNotExist)
		}
	}
}

func readManifest(path string) (manifest, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return manifest{}, err
	}
	var result manifest
	if err := json.Unmarshal(text, &result); err != nil {
		return manifest{}, fmt.Errorf("%s: %w", path, err)
	}
	return result, nil
}

func firstOf(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}
