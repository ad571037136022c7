package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/client"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // a PV was not found, refused, or did not answer in time
	exitUsage  = 2 // the command line makes no sense
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := &program{stdout: os.Stdout, stderr: os.Stderr, lookup: os.Getenv, now: time.Now}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// program is the world as the commands see it.
type program struct {
	stdout, stderr io.Writer
	lookup         func(name string) string // environment variables
	now            func() time.Time
}

// errFailed ends a command whose failures have been printed already.
var errFailed = errors.New("failed")

// usageError is a fault of the command line.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

// run carries out one command line and returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	root := p.command()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFailed):
		return exitFailed
	case errors.As(err, &usage) || cmd == root:
		fmt.Fprintf(p.stderr, "%s: %v\nsee '%[1]s --help'\n", cmd.CommandPath(), err)
		return exitUsage
	}
	fmt.Fprintf(p.stderr, "%s: %v\n", cmd.CommandPath(), err)
	return exitFailed
}

func (p *program) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "ca",
		Short: "Read, write and watch EPICS process variables over Channel Access",
		Long: `Read, write and watch EPICS process variables (PVs) over Channel Access.

The options and the output are those of caget, caput and camonitor of EPICS base.
Servers are looked for as the EPICS_CA_ variables say (EPICS_CA_ADDR_LIST,
EPICS_CA_AUTO_ADDR_LIST, EPICS_CA_NAME_SERVERS, EPICS_CA_SERVER_PORT …).
EPICS_CLI_TIMEOUT is the default of --wait.

Exit codes: 0 done, 1 a PV was not found or failed, 2 wrong usage.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(p.getCommand(), p.putCommand(), p.monitorCommand(), p.versionCommand())
	return root
}

// needs refuses a command line with fewer than n arguments, or with flags that
// exclude each other: cobra's own check of those comes after this one, with an error
// that cannot be told from a failure.
func needs(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return usageError{errors.New(what)}
		}
		if err := cmd.ValidateFlagGroups(); err != nil {
			return usageError{err}
		}
		return nil
	}
}

// newClient makes the client of a command. Variables that make no sense are
// complained about and their defaults used.
func (p *program) newClient() *client.Context {
	cfg, err := client.ConfigFromEnv(p.lookup)
	if err != nil {
		fmt.Fprintf(p.stderr, "ca: %v\n", err)
	}
	cfg.Log = slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return &client.Context{Config: cfg}
}
