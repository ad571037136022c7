package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/protocol/dbr"
)

// getOptions are the flags of ca get.
type getOptions struct {
	options
	dynamic  bool
	typeName string
	ask      client.TypeChoice // nil: choose
}

func (p *program) getCommand() *cobra.Command {
	o := &getOptions{}
	cmd := &cobra.Command{
		Use:   "get [flags] pv...",
		Short: "Print the values of PVs",
		Long: `Print the values of PVs, one line each, in the order given.

Of an array all elements are printed that it has room for; with --callback only
those that are in use. A PV that fails has a line that says so, and ca exits with 1.`,
		Example: `  ca get BENCH1:TARGET
  ca get -a -f3 BENCH1:PS:VOLT BENCH1:PS:CURR
  ca get -d CTRL_DOUBLE BENCH1:PS:VOLT
  ca get --json -w 5 BENCH1:PS:ID`,
		Args: needs(1, "no PV named"),
		RunE: func(cmd *cobra.Command, names []string) error {
			if err := o.settle(p, cmd); err != nil {
				return err
			}
			return p.get(cmd.Context(), o, names)
		},
	}
	o.connecting(cmd)
	o.formatting(cmd)
	f := cmd.Flags()
	f.BoolVarP(&o.isTerse, "terse", "t", false, "the value only, without the name")
	f.BoolVarP(&o.isWide, "wide", "a", false, "name, time, value, status, severity")
	f.StringVarP(&o.typeName, "type", "d", "", "ask for this DBR `type` and print all it tells (name, with or without DBR_, or number)")
	cmd.MarkFlagsMutuallyExclusive("terse", "wide", "type")
	f.BoolVarP(&o.dynamic, "callback", "c", false, "of an array ask for the elements in use only")
	_ = cmd.RegisterFlagCompletionFunc("type", // fails only for a flag that is not there
		func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return typeNames(), cobra.ShellCompDirectiveNoFileComp
		})
	return cmd
}

func (o *getOptions) settle(p *program, cmd *cobra.Command) (err error) {
	if err := o.options.settle(p, cmd); err != nil || o.typeName == "" {
		return err
	}
	t, err := parseType(o.typeName)
	o.layout, o.ask = typed, client.Exactly(t)
	return err
}

// typeNames are the DBR types that can be read, without their prefix.
func typeNames() []string {
	var names []string
	for t := dbr.String; t.Valid(); t++ {
		if t != dbr.PutAckT && t != dbr.PutAckS {
			names = append(names, strings.TrimPrefix(t.String(), "DBR_"))
		}
	}
	return names
}

// parseType finds a readable DBR type by its number or its name.
func parseType(s string) (dbr.Type, error) {
	name := strings.TrimPrefix(strings.ToUpper(s), "DBR_")
	if head, ok := strings.CutSuffix(name, "INT"); ok {
		name = head + "SHORT" // two names of one type
	}
	number, err := strconv.ParseUint(s, 10, 16)
	for t := dbr.String; t.Valid(); t++ {
		if t == dbr.PutAckT || t == dbr.PutAckS {
			continue
		}
		if err == nil && dbr.Type(number) == t || strings.TrimPrefix(t.String(), "DBR_") == name {
			return t, nil
		}
	}
	return 0, usageError{fmt.Errorf("type %q: want a number, or one of %s", s, strings.Join(typeNames(), " "))}
}

// get reads all PVs at once and prints them in order.
func (p *program) get(ctx context.Context, o *getOptions, names []string) error {
	c := p.newClient()
	defer c.Close()
	readings := make([]reading, len(names))
	var all sync.WaitGroup
	ctx, cancel := o.deadline(ctx)
	defer cancel()
	for i, name := range names {
		r := &readings[i]
		r.name = name
		// ends with its answer or ctx
		all.Go(func() { o.read(ctx, c.ChannelAt(name, o.priority), r) })
	}
	all.Wait()
	return p.print(&o.options, readings)
}

// deadline is ctx that ends after --wait.
func (o *options) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if o.wait == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, o.wait)
}

// read fills in r from the channel.
func (o *getOptions) read(ctx context.Context, ch *client.Channel, r *reading) {
	if r.err = ch.Connect(ctx); r.err != nil {
		return
	}
	info, _ := ch.Info()
	r.native = info.Type
	request := client.Request{Type: o.ask, Count: o.count}
	if o.ask == nil {
		request.Type = o.choose
	}
	if o.count == 0 && !o.dynamic {
		request.Count = info.Count
	}
	r.Data, r.err = ch.Get(ctx, request)
}

// print writes the readings to stdout and their errors to stderr.
func (p *program) print(o *options, readings []reading) error {
	var out []byte
	var failed error
	for i := range readings {
		r := &readings[i]
		if r.err != nil {
			failed = errFailed
			fmt.Fprintf(p.stderr, "ca: %v\n", r.err)
		}
		var err error
		if out, err = o.append(out, r); err != nil {
			return err
		}
	}
	if _, err := p.stdout.Write(out); err != nil {
		return err
	}
	return failed
}

// append writes r as text or JSON.
func (o *options) append(dst []byte, r *reading) ([]byte, error) {
	if o.json {
		return appendJSON(dst, r, o.longStrings)
	}
	return o.text.append(dst, r), nil
}
