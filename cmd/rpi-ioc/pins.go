package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/config"
)

func (p *program) pinsCommand() *cobra.Command {
	var asJSON bool
	var name string
	root := p.machine.root
	cmd := &cobra.Command{
		Use:   "pins [FILE]",
		Short: "Draw the pin header, with the PV on each pin",
		Long: `Draw the pin header as it lies on the board.

With a configuration file, each pin shows the PV or the bus of a device that needs it;
without one, what the pin can be beside a plain input or output. What speaks against
using a pin is listed below. Colours are for terminals, and not if NO_COLOR is set.`,
		Example: `  rpi-ioc pins                          # of this machine
  rpi-ioc pins bench.yaml
  rpi-ioc pins --board raspberry-pi-5
  rpi-ioc pins --json bench.yaml | jq '.[] | select(.uses)'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{fmt.Errorf("%d files given, expected one configuration file or none", len(args))}
			}
			return nil
		},
		ValidArgsFunction: completeYAML,
		RunE: func(_ *cobra.Command, args []string) error {
			d := drawing{paint: p.paintPin}
			var err error
			switch {
			case len(args) > 0 && name != "":
				return usageError{errors.New("--board and a file: the file says which board it is for")}
			case len(args) > 0:
				err = d.load(args[0])
			case name != "":
				d.board, err = boards.ByName(name)
			default:
				d.board, err = boards.Detect(os.DirFS(root))
			}
			var unknown *boards.UnknownError
			switch {
			case errors.As(err, &unknown):
				return usageError{err}
			case err != nil:
				return err
			case asJSON:
				return d.json(p.stdout)
			}
			d.text(p.stdout)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON list of the pins")
	cmd.Flags().StringVar(&name, "board", "", "the board, such as raspberry-pi-4b; this machine if not given")
	rootFlag(cmd, &root)
	complete := cobra.FixedCompletions(boards.Names(), cobra.ShellCompDirectiveNoFileComp)
	if err := cmd.RegisterFlagCompletionFunc("board", complete); err != nil {
		panic(err) // no such flag
	}
	return cmd
}

// rootFlag lets tests put another tree in the place of /sys, /dev and /proc.
func rootFlag(cmd *cobra.Command, root *string) {
	cmd.Flags().StringVar(root, "root", *root, "where /dev, /proc and /sys are, for tests")
	if err := cmd.Flags().MarkHidden("root"); err != nil {
		panic(err) // no such flag
	}
}

// drawing is a board with what is on its pins.
type drawing struct {
	board  *boards.Board
	file   string // "" without a configuration
	prefix string // of the PVs, left out
	uses   []config.PinUse
	paint  func(used bool, p boards.Pin, text string) string
}

func (d *drawing) load(file string) error {
	m, err := config.Load(file)
	if err != nil {
		return err
	}
	d.board, d.file, d.prefix, d.uses = m.Board, file, m.Prefix, m.Pins()
	return nil
}

// on are the uses of a pin.
func (d *drawing) on(p boards.Pin) (uses []config.PinUse) {
	for _, u := range d.uses {
		if u.Pin.Same(p) {
			uses = append(uses, u)
		}
	}
	return uses
}

// label is what is on a pin, or could be.
func (d *drawing) label(p boards.Pin) string {
	if d.file == "" {
		return strings.Join(p.Functions, ", ")
	}
	var names []string
	function := ""
	for _, u := range d.on(p) {
		names = append(names, strings.TrimPrefix(u.By, d.prefix))
		if u.Bus != "" {
			function = u.Function + ": "
		}
	}
	return function + strings.Join(slices.Compact(names), ", ")
}

func (d *drawing) text(w io.Writer) {
	fmt.Fprint(w, d.board.Name)
	if m := d.board.Model; m != "" {
		fmt.Fprintf(w, " (%s)", m)
	}
	if d.board.IsGeneric() {
		fmt.Fprint(w, ": no board that is known, drawn with the names of a Raspberry Pi")
	}
	fmt.Fprint(w, "\n\n")
	fmt.Fprint(w, d.board.Diagram(boards.Look{
		Label: d.label,
		Paint: func(p boards.Pin, text string) string { return d.paint(len(d.on(p)) > 0, p, text) },
	}))
	head := "\nNot on a header:\n"
	for _, u := range d.uses {
		if u.Pin.Number == 0 {
			fmt.Fprintf(w, "%s  %v: %s\n", head, u.Pin, d.label(u.Pin))
			head = ""
		}
	}
	head = "\nLook twice:\n"
	for _, h := range d.board.Headers {
		for _, p := range h.Pins {
			isLine := slices.ContainsFunc(d.on(p), func(u config.PinUse) bool { return u.Bus == "" })
			if len(p.Hazards) > 0 && (d.file == "" || isLine) {
				fmt.Fprintf(w, "%s  %v %s\n", head, p, strings.Join(p.Hazards, "; "))
				head = ""
			}
		}
	}
}

func (d *drawing) json(w io.Writer) error {
	type use struct {
		By       string `json:"by"`
		Bus      string `json:"bus,omitempty"`
		Function string `json:"function,omitempty"`
		Usual    bool   `json:"usual,omitempty"`
		Line     int    `json:"line"`
	}
	type pin struct {
		Name      string   `json:"name"`
		Header    string   `json:"header,omitempty"`
		Number    int      `json:"number,omitempty"`
		Signal    string   `json:"signal,omitempty"`
		Chip      string   `json:"chip,omitempty"`
		Offset    *int     `json:"offset,omitempty"`
		Line      string   `json:"line,omitempty"`
		Functions []string `json:"functions,omitempty"`
		Hazards   []string `json:"hazards,omitempty"`
		Uses      []use    `json:"uses,omitempty"`
	}
	all := []pin{}
	add := func(p boards.Pin) {
		x := pin{
			Name: p.Name, Header: p.Header, Number: p.Number, Signal: p.Signal,
			Chip: p.Chip, Line: p.Line, Functions: p.Functions, Hazards: p.Hazards,
		}
		if p.Chip != "" {
			x.Offset = &p.Offset
		}
		for _, u := range d.on(p) {
			x.Uses = append(x.Uses, use{u.By, u.Bus, u.Function, u.Usual, int(u.Pos.Line)})
		}
		all = append(all, x)
	}
	for _, h := range d.board.Headers {
		for _, p := range h.Pins {
			add(p)
		}
	}
	for _, u := range d.uses {
		if u.Pin.Number == 0 {
			add(u.Pin)
		}
	}
	return printJSON(w, all)
}

// SGR parameters of ECMA-48.
const (
	bold   = "1"
	dim    = "2"
	green  = "1;32"
	yellow = "33"
)

// paintPin colours what is used, what is no line, and what has hazards.
func (p *program) paintPin(used bool, pin boards.Pin, text string) string {
	switch {
	case !pin.IsLine():
		return p.paint(dim, text)
	case used && len(pin.Hazards) > 0:
		return p.paint(bold+";"+yellow, text)
	case used:
		return p.paint(green, text)
	case len(pin.Hazards) > 0:
		return p.paint(yellow, text)
	}
	return text
}
