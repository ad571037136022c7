package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("%q: version takes no arguments", args[0])}
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error {
			version := "unknown"
			if b, ok := debug.ReadBuildInfo(); ok {
				version = b.Main.Version
			}
			_, err := fmt.Fprintf(p.stdout, "rpi-ioc %s %s/%s %s\n", version, runtime.GOOS, runtime.GOARCH, runtime.Version())
			return err
		},
	}
}
