package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/config"
)

func (p *program) listCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list FILE",
		Short: "List the PVs of a configuration file and what stands behind each",
		Example: `  rpi-ioc list bench.yaml
  rpi-ioc list --json bench.yaml | jq -r .name`,
		Args:              oneFile,
		ValidArgsFunction: completeYAML,
		RunE: func(_ *cobra.Command, args []string) error {
			model, err := config.Load(args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return p.listJSON(model)
			}
			w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
			for _, v := range model.PVs {
				fmt.Fprintf(w, "%s\t%v\t%s\t%v\n", v.Name, v.Type, v.Source, v.Pos)
			}
			return w.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

// listJSON prints the PVs for scripts.
func (p *program) listJSON(model *config.Model) error {
	e := json.NewEncoder(p.stdout)
	for _, v := range model.PVs {
		err := e.Encode(struct {
			Name   string `json:"name"`
			Record string `json:"record"`
			Source string `json:"source"`
			File   string `json:"file"`
			Line   int    `json:"line"`
		}{v.Name, v.Type.String(), v.Source, v.Pos.File(), int(v.Pos.Line)})
		if err != nil {
			return err
		}
	}
	return nil
}
