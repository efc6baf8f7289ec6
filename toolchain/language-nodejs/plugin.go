package main

import (
	"errors"
	"os/exec"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// RunPlugin runs a plugin written for Node.js (a policy pack, or a provider with a PulumiPlugin.yaml) until it ends or
// the engine hangs up, and streams what it prints: its first line is the port that the engine calls.
func (h *host) RunPlugin(req *pulumirpc.RunPluginRequest, server pulumirpc.LanguageRuntime_RunPluginServer) error {
	ctx := server.Context()
	folder := req.GetInfo().GetProgramDirectory()
	settings, err := readOptions(req.GetInfo())
	if err != nil {
		return err
	}
	// A policy pack is started from its own folder and takes the engine's address before its path; a provider is
	// started from the program's folder and takes its path first.
	module, cwd := "@pulumi/pulumi/cmd/run-plugin", req.GetPwd()
	trailing := append([]string{folder}, req.GetArgs()...)
	if req.GetKind() == "analyzer" {
		module, cwd = "@pulumi/pulumi/cmd/run-policy-pack", folder
		trailing = append(append([]string{}, req.GetArgs()...), folder)
	}
	script, err := entryPoint(ctx, folder, module)
	if err != nil {
		return err
	}
	closer, stdout, stderr, err := rpcutil.MakeRunPluginStreams(server, false)
	if err != nil {
		return err
	}
	defer closer.Close()

	cmd, done := h.command(ctx, cwd, append(append(settings.nodeargs, script), trailing...))
	defer done()
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.Env = settings.environment(req.GetEnv())

	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return sendExitCode(server, 0)
	case errors.As(err, &exit) && exit.Exited():
		return sendExitCode(server, exit.ExitCode())
	default:
		return err
	}
}

func sendExitCode(server pulumirpc.LanguageRuntime_RunPluginServer, code int) error {
	return server.Send(&pulumirpc.RunPluginResponse{
		Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(code)},
	})
}
