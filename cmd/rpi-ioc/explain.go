package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/config"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

func (p *program) explainCommand() *cobra.Command {
	var asJSON, offline bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "explain FILE PV",
		Short: "Explain a PV: where it comes from, and how it is doing",
		Long: `Explain a PV: the line of the file that makes it, its record, its alarms, and what stands
behind it, down to the commands and the wire.

If an IOC serves it, which is looked for as the EPICS_CA_ variables say, its value, alarm
and the alarm's message are shown too; and with status: in the file whether its port is
connected, the last error, and what went over the wire last. The prefix of the file may
be left out.`,
		Example: `  rpi-ioc explain bench.yaml PS:VOLT
  EPICS_CA_ADDR_LIST=pi rpi-ioc explain bench.yaml BENCH1:LED
  rpi-ioc explain --offline bench.yaml LED`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usageError{errors.New("expected two arguments: a configuration file and a PV")}
			}
			return nil
		},
		ValidArgsFunction: completePV,
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := config.Load(args[0])
			if err != nil {
				return err
			}
			e, err := m.Explain(args[1])
			if err != nil {
				return usageError{err}
			}
			x := explained{explanation: e}
			if !offline {
				x.live = p.ask(cmd.Context(), e, timeout)
			}
			if asJSON {
				return x.json(p.stdout)
			}
			return x.text(p.stdout)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	cmd.Flags().BoolVar(&offline, "offline", false, "do not look for an IOC that serves it")
	cmd.Flags().DurationVar(&timeout, "timeout", 2*time.Second, "how long to look for one")
	return cmd
}

// completePV completes a configuration file, then one of its PVs.
func completePV(cmd *cobra.Command, args []string, text string) ([]string, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return completeYAML(cmd, args, text)
	case 1:
		m, err := config.Load(args[0])
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var names []string
		for _, v := range m.PVs {
			names = append(names, v.Name)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// live is what an IOC says of a PV.
type live struct {
	value   string
	alarm   pv.Alarm
	time    time.Time // zero: the PV has not had a value yet
	message string    // of the alarm
	status  []config.Fact
	err     error // there is no such IOC, or it does not answer
}

// statusOrder are the PVs about a port that are shown, and what they are called then.
var statusOrder = []config.Fact{
	{Name: "CONNECTED", Text: "it is"},
	{Name: "FAULTS", Text: "faults"},
	{Name: "RECOVERIES", Text: "switched off and on"},
	{Name: "LATENCY", Text: "took last (ms)"},
	{Name: "ERROR", Text: "last error"},
	{Name: "TRACE:LAST", Text: "on the wire"},
}

// ask asks the IOC that serves the PV, as far as it can be found in the time.
func (p *program) ask(ctx context.Context, e *config.Explanation, timeout time.Duration) *live {
	cfg, err := client.ConfigFromEnv(func(name string) string {
		v, _ := p.lookup(name)
		return v
	})
	if err != nil {
		fmt.Fprintln(p.stderr, "warning:", err)
	}
	c := client.Context{Config: cfg}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	var l live
	var all sync.WaitGroup
	all.Go(func() { // until there is an answer or ctx ends
		var d dbr.Data
		if d, l.err = read(ctx, c.Channel(e.PV.Name), e.PV.Type.Array()); l.err == nil {
			l.value, l.alarm = valueText(d.Sample.Value), d.Sample.Alarm
			if !d.Sample.Time.IsZero() {
				l.time = d.Sample.Time.Time()
			}
		}
	})
	all.Go(func() { // the same
		if d, err := read(ctx, c.Channel(e.PV.Name+".AMSG"), false); err == nil {
			l.message = valueText(d.Sample.Value)
		}
	})
	answers := make([]string, len(statusOrder))
	for i, s := range statusOrder {
		name, ok := e.Status[s.Name]
		if !ok {
			continue
		}
		text := s.Name == "ERROR" || s.Name == "TRACE:LAST" // longer than 39 bytes
		if text {
			name += ".VAL$"
		}
		all.Go(func() { // the same
			d, err := read(ctx, c.Channel(name), text)
			switch {
			case err != nil:
			case text:
				answers[i] = characters(d.Sample.Value)
			default:
				answers[i] = valueText(d.Sample.Value)
			}
		})
	}
	all.Wait()
	for i, s := range statusOrder {
		if answers[i] != "" {
			l.status = append(l.status, config.Fact{Name: s.Text, Text: answers[i]})
		}
	}
	return &l
}

// read gets a value as the text that the server makes of it, or as the array that it is.
func read(ctx context.Context, ch *client.Channel, array bool) (dbr.Data, error) {
	if err := ch.Connect(ctx); err != nil {
		return dbr.Data{}, err
	}
	r := client.Request{Type: client.Exactly(dbr.TimeString)}
	if array {
		r = client.Request{}
	}
	return ch.Get(ctx, r)
}

// maxElements is how many elements of an array are shown.
const maxElements = 10

// valueText is a value for people.
func valueText(v pv.Value) string {
	if v.IsArray() && v.Len() > maxElements {
		return fmt.Sprintf("%v … (%d elements)", v.Slice(0, maxElements), v.Len())
	}
	return v.String()
}

// characters is the text that an array of characters is, or a single one.
func characters(v pv.Value) string {
	if !v.IsArray() {
		v = pv.ArrayValue([]uint8{uint8(v.Int64())})
	}
	b := make([]byte, 0, v.Len())
	for i := range v.Len() {
		b = append(b, byte(v.At(i).Int64()))
	}
	text, _, _ := strings.Cut(string(b), "\x00")
	return text
}

// explained is all that is known of a PV.
type explained struct {
	explanation *config.Explanation
	live        *live // nil: not asked
}

func (x *explained) text(w io.Writer) error {
	fmt.Fprintln(w, x.explanation.PV.Name)
	var table strings.Builder
	t := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fact := func(name, text string) {
		for line := range strings.Lines(text) {
			fmt.Fprintf(t, "  %s\t%s\n", name, strings.TrimRight(line, "\n"))
			name = ""
		}
	}
	for _, f := range x.explanation.Facts {
		fact(f.Name, f.Text)
	}
	if l := x.live; l != nil {
		fact("", "\n")
		switch {
		case errors.Is(l.err, context.DeadlineExceeded):
			fact("now", "no IOC that serves it was found")
		case l.err != nil:
			fact("now", l.err.Error())
		default:
			x.now(fact)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(table.String()) {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// now shows what the IOC says.
func (x *explained) now(fact func(name, text string)) {
	l := x.live
	fact("value now", l.value)
	alarm := l.alarm.String()
	if l.message != "" {
		alarm += ": " + l.message
	}
	fact("alarm", alarm)
	if !l.time.IsZero() {
		fact("time stamp", l.time.Local().Format("2006-01-02 15:04:05.000"))
	}
	for _, s := range l.status {
		fact(s.Name, s.Text)
	}
	if len(x.explanation.Status) == 0 && l.alarm.Severity == pv.InvalidAlarm {
		fact("more", "status: yes in the file has PVs tell of the port: its last error, what went over the wire")
	}
}

func (x *explained) json(w io.Writer) error {
	type answer struct {
		Value    string            `json:"value,omitempty"`
		Severity string            `json:"severity,omitempty"`
		Status   string            `json:"status,omitempty"`
		Message  string            `json:"message,omitempty"`
		Time     *time.Time        `json:"time,omitempty"`
		Port     map[string]string `json:"port,omitempty"`
		Error    string            `json:"error,omitempty"`
	}
	all := struct {
		Name  string            `json:"name"`
		File  string            `json:"file"`
		Line  int               `json:"line"`
		Facts map[string]string `json:"facts"`
		Live  *answer           `json:"live,omitempty"`
	}{Name: x.explanation.PV.Name, File: x.explanation.PV.Pos.File(), Line: int(x.explanation.PV.Pos.Line), Facts: map[string]string{}}
	for _, f := range x.explanation.Facts {
		all.Facts[f.Name] = f.Text
	}
	if l := x.live; l != nil && l.err != nil {
		all.Live = &answer{Error: l.err.Error()}
	} else if l != nil {
		all.Live = &answer{
			Value: l.value, Severity: l.alarm.Severity.String(), Status: l.alarm.Status.String(),
			Message: l.message, Port: map[string]string{},
		}
		if !l.time.IsZero() {
			all.Live.Time = &l.time
		}
		for _, s := range l.status {
			all.Live.Port[s.Name] = s.Text
		}
	}
	return printJSON(w, all)
}
