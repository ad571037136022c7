package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/config"
)

func (p *program) schemaCommand() *cobra.Command {
	var instrument, simulation bool
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of configuration files, for editors",
		Long: `Print the JSON Schema of configuration files, for editors.

An editor with YAML support (VS Code with the extension of Red Hat, Neovim or Emacs with
yaml-language-server) then completes keys, shows what they mean, and marks those that
there are not. Name the schema in the first line of a file:

  # yaml-language-server: $schema=rpi-ioc.schema.json

What does not fit together, "rpi-ioc check" finds.`,
		Example: `  rpi-ioc schema > rpi-ioc.schema.json
  rpi-ioc schema --instrument > rpi-ioc-instrument.schema.json`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := notBoth(cmd, "instrument", "simulation"); err != nil {
				return err
			}
			schema := config.Schema()
			switch {
			case instrument:
				schema = config.InstrumentSchema()
			case simulation:
				schema = config.SimulationSchema()
			}
			_, err := p.stdout.Write(schema)
			return err
		},
	}
	cmd.Flags().BoolVar(&instrument, "instrument", false, "that of instrument files")
	cmd.Flags().BoolVar(&simulation, "simulation", false, "that of the NAME.sim.yaml beside an instrument file")
	return cmd
}

// noArguments refuses a command line with any.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%q: %s takes no arguments", args[0], cmd.Name())}
	}
	return nil
}
