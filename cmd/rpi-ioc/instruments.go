package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/config"
	"github.com/ioclet/ioclet/instruments"
	"github.com/ioclet/ioclet/internal/spelling"
)

func (p *program) instrumentsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "instruments",
		Short: "List the instruments that a file can use by name",
		Long: `List the instruments that a file can use by name, as in

  devices:
    PS: {instrument: scpi-supply, port: {tcp: "192.0.2.7:5025"}}

A file of the same kind beside the configuration is used by its name too: psu.yaml.`,
		Example: `  rpi-ioc instruments
  rpi-ioc instruments show scpi-supply
  rpi-ioc instruments show --yaml scpi-supply > psu.yaml     # to change it`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			all := config.Shipped()
			if asJSON {
				list := []instrumentJSON{}
				for i := range all {
					list = append(list, jsonOf(&all[i]))
				}
				return printJSON(p.stdout, list)
			}
			t := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
			for _, i := range all {
				fmt.Fprintf(t, "%s\t%s\n", i.Name, i.About)
			}
			return t.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON list")
	cmd.AddCommand(p.showInstrumentCommand())
	return cmd
}

func (p *program) showInstrumentCommand() *cobra.Command {
	var asJSON, asYAML bool
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show what an instrument is for, its parameters and its PVs",
		Example: `  rpi-ioc instruments show scpi-supply
  rpi-ioc instruments show --yaml scpi-supply > psu.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{fmt.Errorf("%d names given, expected that of one instrument", len(args))}
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return instruments.Names(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := notBoth(cmd, "json", "yaml"); err != nil {
				return err
			}
			all := config.Shipped()
			i := slices.IndexFunc(all, func(i config.Instrument) bool { return i.Name == args[0] })
			if i < 0 {
				return usageError{noInstrument(args[0])}
			}
			switch {
			case asYAML:
				text, err := instruments.FS.ReadFile(args[0] + ".yaml")
				if err != nil {
					return err
				}
				_, err = p.stdout.Write(text)
				return err
			case asJSON:
				return printJSON(p.stdout, jsonOf(&all[i]))
			}
			return showInstrument(p.stdout, &all[i])
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	cmd.Flags().BoolVar(&asYAML, "yaml", false, "print the file itself")
	return cmd
}

func noInstrument(name string) error {
	err := fmt.Errorf("no instrument %q", name)
	if near := spelling.Nearest(name, instruments.Names(), max(1, len(name)/3)); len(near) > 0 {
		return fmt.Errorf("%w (did you mean %s?)", err, near[0])
	}
	return err
}

func showInstrument(w io.Writer, i *config.Instrument) error {
	fmt.Fprintf(w, "%s: %s\n", i.Name, i.About)
	for _, m := range i.Manual {
		fmt.Fprintf(w, "  from %s\n", m)
	}
	if len(i.Parameters) > 0 {
		fmt.Fprintln(w, "\nParameters, given in with:")
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, q := range i.Parameters {
			value := "must be given"
			if !q.Required {
				value = fmt.Sprintf("%q if not given", q.Default)
			}
			fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", q.Name, q.Doc, q.Expected, value)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "\nPVs: %s\n\nTo use it:\n\n", strings.Join(i.PVs, " "))
	var with []string
	for _, q := range i.Parameters {
		if q.Required {
			with = append(with, q.Name+": …")
		}
	}
	fmt.Fprintf(w, "  devices:\n    DEV: {instrument: %s, port: …", i.Name)
	if len(with) > 0 {
		fmt.Fprintf(w, ", with: {%s}", strings.Join(with, ", "))
	}
	_, err := fmt.Fprintln(w, "}")
	return err
}

// instrumentJSON is an instrument for scripts.
type instrumentJSON struct {
	Name       string          `json:"name"`
	About      string          `json:"about"`
	Manual     []string        `json:"manual"`
	Parameters []parameterJSON `json:"parameters"`
	PVs        []string        `json:"pvs"`
}

type parameterJSON struct {
	Name     string `json:"name"`
	Doc      string `json:"doc"`
	Expected string `json:"expected"`
	Default  string `json:"default"`
	Required bool   `json:"required"`
}

func jsonOf(i *config.Instrument) instrumentJSON {
	x := instrumentJSON{Name: i.Name, About: i.About, Manual: i.Manual, Parameters: []parameterJSON{}, PVs: i.PVs}
	for _, q := range i.Parameters {
		x.Parameters = append(x.Parameters, parameterJSON(q))
	}
	return x
}
