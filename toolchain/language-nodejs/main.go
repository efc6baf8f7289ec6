// pulumi-language-nodejs runs Node.js programs and plugins for the Pulumi engine.
//
// The official one is not published as a Go module, so a machine that reaches only package registries can't have it.
// This one does what this project needs of it: programs, policy packs, providers with a PulumiPlugin.yaml, and the list
// of plugins a program needs. It doesn't generate code, convert or start debuggers: the engine is told "unimplemented".
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// version is the Pulumi version that this host speaks for; set by the linker.
var version = "0.0.0"

// How often the host looks whether the engine still lives. An engine killed with -9 can't say goodbye.
const engineCheck = 5 * time.Second

type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	// alive ends when the engine is gone: what the host has started must not outlive it.
	alive context.Context
	// engine is the engine's address, which programs log to.
	engine string
}

func main() {
	// The engine passes flags to every plugin; the SDK's logging package declares the others.
	flag.String("tracing", "", "accepted, unused")
	flag.Parse()
	if err := serve(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-language-nodejs:", err)
		os.Exit(1)
	}
}

// serve answers on a loopback port that it prints, as every Pulumi plugin does, until the engine is gone.
func serve(engine string) error {
	// The engine interrupts its plugins when it is done or canceled.
	interrupted, forget := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer forget()
	alive, engineGone := context.WithCancel(interrupted)
	defer engineGone()
	if engine != "" {
		if err := rpcutil.Healthcheck(alive, engine, engineCheck, engineGone); err != nil {
			return fmt.Errorf("can't watch the engine at %s: %w", engine, err)
		}
	}
	stop := make(chan bool)
	context.AfterFunc(alive, func() { close(stop) })
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, &host{alive: alive, engine: engine})
			return nil
		},
	})
	if err != nil {
		return err
	}
	fmt.Println(handle.Port)
	return <-handle.Done
}

// Handshake tells the host where the engine is when the command line did not.
func (h *host) Handshake(
	_ context.Context, req *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	if h.engine == "" {
		h.engine = req.GetEngineAddress()
	}
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

// GetPluginInfo says which version this is.
func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version}, nil
}

// About is what `pulumi about` shows of the runtime.
func (h *host) About(ctx context.Context, _ *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	executable, output, err := nodeOutput(ctx, "", "--version")
	if err != nil {
		return nil, err
	}
	return &pulumirpc.AboutResponse{Executable: executable, Version: output}, nil
}
