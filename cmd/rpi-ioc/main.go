// Command rpi-ioc serves the pins, buses and instruments that a YAML file
// describes as EPICS process variables.
//
//	rpi-ioc run --sim bench.yaml
//	rpi-ioc check bench.yaml
//	rpi-ioc list bench.yaml
//	rpi-ioc pins bench.yaml
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/config"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // the IOC could not run, or did not end cleanly
	exitUsage  = 2 // the command line or the configuration has mistakes
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := &program{
		name: os.Args[0], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, lookup: os.LookupEnv,
		terminal: isTerminal(os.Stdout), watched: isTerminal(os.Stderr), machine: thisMachine, installer: thisInstaller,
	}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// program is the world as the commands see it.
type program struct {
	name           string // how the program was called
	stdin          io.Reader
	stdout, stderr io.Writer
	terminal       bool                             // a terminal is on stdout
	watched        bool                             // a terminal is on stderr
	lookup         func(name string) (string, bool) // environment variables
	machine        machine
	installer      installer
}

// usageError is a fault of the command line.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

// run carries out one command line and returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	root := p.command()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	var usage usageError
	var problems config.Problems
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errMistakes):
		return exitUsage
	case errors.As(err, &problems):
		fmt.Fprintln(p.stderr, problems.Error())
		return exitUsage
	case errors.As(err, &usage) || cmd == root:
		fmt.Fprintf(p.stderr, "%s: %v\nsee '%[1]s --help'\n", cmd.CommandPath(), err)
		return exitUsage
	}
	fmt.Fprintf(p.stderr, "%s: %v\n", cmd.CommandPath(), err)
	return exitFailed
}

func (p *program) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "rpi-ioc",
		Short: "Serve pins, buses and instruments as EPICS process variables",
		Long: `Serve pins, buses and instruments as EPICS process variables (PVs).

One YAML file says what is connected and what the PVs are called. The same file
runs on the hardware that is there and, with --sim, on simulated twins of it.

Exit codes: 0 done, 1 the IOC could not run, 2 mistakes in the file or the command
line.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(p.runCommand(), p.checkCommand(), p.listCommand(), p.pinsCommand(), p.scanCommand(), p.talkCommand(), p.explainCommand(), p.initCommand(), p.schemaCommand(), p.instrumentsCommand(), p.installCommand(), p.versionCommand())
	return root
}

// oneFile refuses a command line that does not name one configuration file.
func oneFile(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageError{fmt.Errorf("%d files given, expected one configuration file such as bench.yaml", len(args))}
	}
	return nil
}

// notBoth refuses two flags that say different things.
func notBoth(cmd *cobra.Command, one, other string) error {
	if cmd.Flags().Changed(one) && cmd.Flags().Changed(other) {
		return usageError{fmt.Errorf("--%s or --%s, not both", one, other)}
	}
	return nil
}

// completeYAML has the shell complete configuration files.
func completeYAML(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}
