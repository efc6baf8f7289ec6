package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/google/shlex"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// After being asked to end, a process has this long before it is killed. (The engine gives this host 5 s.)
const grace = 3 * time.Second

// options is `runtime.options` of Pulumi.yaml, PulumiPolicy.yaml or PulumiPlugin.yaml.
type options struct {
	// typescript lets the SDK load its own TypeScript compiler; true unless said otherwise.
	typescript bool
	// tsconfig is passed to that compiler.
	tsconfig string
	// nodeargs go before the program on node's command line, e.g. `--import tsx`.
	nodeargs []string
}

func readOptions(info *pulumirpc.ProgramInfo) (options, error) {
	result := options{typescript: true}
	fields := info.GetOptions().GetFields()
	if value, ok := fields["typescript"]; ok {
		result.typescript = value.GetBoolValue() || value.GetStringValue() == "true"
	}
	result.tsconfig = fields["tsconfig"].GetStringValue()
	nodeargs, err := shlex.Split(fields["nodeargs"].GetStringValue())
	if err != nil {
		return options{}, fmt.Errorf("runtime option nodeargs: %w", err)
	}
	result.nodeargs = nodeargs
	return result, nil
}

// environment adds to env what the SDK's entry points read.
func (o options) environment(env []string) []string {
	if o.typescript {
		env = append(env, "PULUMI_NODEJS_TYPESCRIPT=true")
	}
	if o.tsconfig != "" {
		env = append(env, "PULUMI_NODEJS_TSCONFIG_PATH="+o.tsconfig)
	}
	return env
}

// entryPoint finds one of the SDK's own scripts as a program in that folder would: its SDK, not another's.
func entryPoint(ctx context.Context, folder, module string) (string, error) {
	_, path, err := nodeOutput(ctx, folder, "-p", fmt.Sprintf("require.resolve(%q)", module))
	if err != nil {
		return "", fmt.Errorf("no %s for the program in %s: run the set-up (`npm ci`) first: %w", module, folder, err)
	}
	return path, nil
}

// nodeOutput runs node to its end and returns where node is and what it printed.
func nodeOutput(ctx context.Context, folder string, args ...string) (executable, output string, err error) {
	cmd := exec.CommandContext(ctx, "node", args...)
	cmd.Dir = folder
	out, err := cmd.Output()
	if err != nil {
		return "", "", failure(err)
	}
	return cmd.Path, strings.TrimSpace(string(out)), nil
}

// failure adds the end of what the process wrote to stderr.
func failure(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
	}
	return err
}

// command is a node process that is asked to end, then killed, when ctx or the engine ends.
func (h *host) command(ctx context.Context, folder string, args []string) (*exec.Cmd, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stopWatching := context.AfterFunc(h.alive, cancel)
	cmd := exec.CommandContext(ctx, "node", args...)
	cmd.Dir = folder
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = grace
	return cmd, func() { stopWatching(); cancel() }
}
