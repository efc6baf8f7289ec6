package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// The SDK exits with this code after it has told the user what is wrong: nothing is to be added.
const alreadyReported = 32

// Run runs a Pulumi program to its end. The program talks to the engine's resource monitor itself.
func (h *host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	folder := req.GetInfo().GetProgramDirectory()
	settings, err := readOptions(req.GetInfo())
	if err != nil {
		return nil, err
	}
	script, err := entryPoint(ctx, folder, "@pulumi/pulumi/cmd/run")
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	config, err := configVariables(req)
	if err != nil {
		return nil, err
	}
	args := append(settings.nodeargs, script)
	args = append(args, h.programArguments(req)...)

	cmd, done := h.command(ctx, folder, args)
	defer done()
	// What a program prints belongs on the engine's screen: the engine reads this host's own streams.
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Env = settings.environment(append(os.Environ(), config...))
	return response(cmd.Run()), nil
}

// programArguments is the command line of the SDK's entry point.
func (h *host) programArguments(req *pulumirpc.RunRequest) []string {
	var args []string
	flag := func(name, value string) {
		if value != "" {
			args = append(args, "--"+name, value)
		}
	}
	flag("monitor", req.GetMonitorAddress())
	flag("engine", h.engine)
	flag("organization", req.GetOrganization())
	flag("project", req.GetProject())
	flag("root-directory", req.GetInfo().GetRootDirectory())
	flag("stack", req.GetStack())
	flag("pwd", req.GetPwd())
	flag("parallel", strconv.Itoa(int(req.GetParallel())))
	if req.GetDryRun() {
		args = append(args, "--dry-run")
	}
	entry := req.GetInfo().GetEntryPoint()
	if entry == "" {
		entry = "."
	}
	return append(append(args, entry), req.GetArgs()...)
}

// configVariables carries the stack's configuration: the SDK reads it from the environment.
func configVariables(req *pulumirpc.RunRequest) ([]string, error) {
	config, err := json.Marshal(orEmpty(req.GetConfig(), map[string]string{}))
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	secrets, err := json.Marshal(append([]string{}, req.GetConfigSecretKeys()...))
	if err != nil {
		return nil, fmt.Errorf("names of secret configuration: %w", err)
	}
	return []string{"PULUMI_CONFIG=" + string(config), "PULUMI_CONFIG_SECRET_KEYS=" + string(secrets)}, nil
}

// orEmpty keeps a nil map from becoming `null` in JSON.
func orEmpty[K comparable, V any](value, empty map[K]V) map[K]V {
	if value == nil {
		return empty
	}
	return value
}

// response says how the program ended.
func response(err error) *pulumirpc.RunResponse {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}
	case errors.As(err, &exit) && exit.ExitCode() == alreadyReported:
		return &pulumirpc.RunResponse{Bail: true}
	case errors.As(err, &exit) && exit.Exited():
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("Program exited with non-zero exit code: %d", exit.ExitCode())}
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("Program ended: %v", err)}
	}
}
