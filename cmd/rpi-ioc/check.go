package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/config"
)

func (p *program) checkCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check FILE...",
		Short: "Find all mistakes in configuration files",
		Long: `Find all mistakes in configuration files, without touching any hardware.

Each is printed as file:line:col: what is wrong, what was expected. The exit code is
2 if there is any. What only may be a mistake is printed as a warning, and does not
count.`,
		Example: `  rpi-ioc check bench.yaml
  rpi-ioc check --json *.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("no file given, expected configuration files such as bench.yaml")}
			}
			return nil
		},
		ValidArgsFunction: completeYAML,
		RunE: func(_ *cobra.Command, files []string) error {
			var all, warnings config.Problems
			var unread []error
			for _, file := range files {
				model, err := config.Load(file)
				var problems config.Problems
				switch {
				case errors.As(err, &problems):
					all = append(all, problems...)
				case err != nil:
					unread = append(unread, err)
				case asJSON:
					warnings = append(warnings, model.Warnings...)
				default:
					for _, w := range model.Warnings {
						fmt.Fprintln(p.stderr, "warning:", w.Error())
					}
					fmt.Fprintf(p.stdout, "%s: good: %d PVs\n", file, len(model.PVs))
				}
			}
			if asJSON {
				if err := p.problemsJSON(all, warnings); err != nil {
					return err
				}
			} else if len(all) > 0 {
				fmt.Fprintln(p.stderr, all.Error())
			}
			switch {
			case len(unread) > 0:
				return errors.Join(unread...)
			case len(all) > 0:
				return errMistakes
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the mistakes and warnings as a JSON list")
	return cmd
}

// errMistakes ends a command whose mistakes have been printed already.
var errMistakes = errors.New("mistakes")

// problemsJSON prints the mistakes and warnings for scripts: a list, empty if there are
// none.
func (p *program) problemsJSON(mistakes, warnings config.Problems) error {
	type problem struct {
		Severity string `json:"severity"` // error or warning
		File     string `json:"file"`
		Line     int    `json:"line"`
		Col      int    `json:"col"`
		What     string `json:"what"`
		Expected string `json:"expected,omitempty"`
		Meant    string `json:"meant,omitempty"`
	}
	list := []problem{}
	add := func(severity string, problems config.Problems) {
		for _, m := range problems {
			list = append(list, problem{severity, m.Pos.File(), int(m.Pos.Line), int(m.Pos.Col), m.What, m.Expected, m.Meant})
		}
	}
	add("error", mistakes)
	add("warning", warnings)
	return printJSON(p.stdout, list)
}
