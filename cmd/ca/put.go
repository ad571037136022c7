package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// putOptions are the flags of ca put.
type putOptions struct {
	options
	notify bool
	array  bool
	names  bool // enums by name only
}

func (p *program) putCommand() *cobra.Command {
	o := &putOptions{}
	cmd := &cobra.Command{
		Use:   "put [flags] pv value...\n  ca put -a [flags] pv count value...",
		Short: "Write a value to a PV",
		Long: `Write a value to a PV, and print what it was before and is then. Flags stand before
the PV, so that a value may begin with a minus. Several words are one value,
except with --array. The name of an enum's state is tried first, then its number.

Without --callback ca does not wait for what the write sets in motion.`,
		Example: `  ca put BENCH1:PS:VOLT 12.5
  ca put -c -w 30 BENCH1:STAGE:POS 1000     # returns when the stage stands
  ca put BENCH1:LED On
  ca put -a BENCH1:WAVE 3 1.5 2 2.5
  ca put -S BENCH1:NOTE "a text of more than 39 characters"`,
		Args: needs(2, "want a PV and a value"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.settle(p, cmd); err != nil {
				return err
			}
			return p.put(cmd.Context(), o, args[0], args[1:])
		},
	}
	o.connecting(cmd)
	f := cmd.Flags()
	f.SetInterspersed(false)
	f.BoolVarP(&o.notify, "callback", "c", false, "wait until the write has been carried out, and fail if it has not")
	f.BoolVarP(&o.isTerse, "terse", "t", false, "print the new value only")
	f.BoolVarP(&o.isWide, "long", "l", false, "print name, time, value, status, severity")
	f.BoolVarP(&o.array, "array", "a", false, "write an array: its length, then its elements")
	f.BoolVarP(&o.names, "enum-names", "s", false, "enums by name only")
	cmd.MarkFlagsMutuallyExclusive("terse", "long")
	cmd.MarkFlagsMutuallyExclusive("array", "long-string")
	cmd.MarkFlagsMutuallyExclusive("enum-numbers", "enum-names")
	return cmd
}

// words are the values to write, each as the text that was given.
func (o *putOptions) words(args []string) ([]string, error) {
	if !o.array {
		return []string{unescape(strings.Join(args, " "))}, nil
	}
	if _, err := strconv.ParseUint(args[0], 10, 32); err != nil {
		return nil, usageError{fmt.Errorf("array length %q: want a number", args[0])}
	}
	words := make([]string, len(args)-1) // base takes all that follow the length
	for i, a := range args[1:] {
		words[i] = unescape(a)
	}
	return words, nil
}

// put writes one PV and prints it before and after.
func (p *program) put(ctx context.Context, o *putOptions, name string, args []string) error {
	words, err := o.words(args)
	if err != nil {
		return err
	}
	var refused []error // written by the client before the answer to our last read
	c := p.newClient()
	c.Config.Refused = func(e *client.Error) { refused = append(refused, e) }
	ch := c.ChannelAt(name, o.priority)
	err = p.write(ctx, o, ch, words)
	_ = c.Close() // always nil; ends the goroutine that calls Refused
	for _, e := range slices.Concat([]error{err}, refused) {
		if e != nil {
			fmt.Fprintf(p.stderr, "ca: %v\n", e)
		}
	}
	if err != nil || len(refused) > 0 {
		return errFailed
	}
	return nil
}

// write reads, writes and reads again.
func (p *program) write(ctx context.Context, o *putOptions, ch *client.Channel, words []string) error {
	v, err := p.value(ctx, o, ch, words)
	if err != nil {
		return err
	}
	if o.layout != terse && !o.json {
		if err := p.show(ctx, o, ch, "Old : "); err != nil && !isAnswer(err) {
			return err
		}
	}
	if err := o.send(ctx, ch, v); err != nil {
		return err
	}
	if o.layout == terse || o.json {
		return p.show(ctx, o, ch, "")
	}
	return p.show(ctx, o, ch, "New : ")
}

func (o *putOptions) send(ctx context.Context, ch *client.Channel, v pv.Value) error {
	ctx, cancel := o.deadline(ctx)
	defer cancel()
	if o.notify {
		return ch.PutNotify(ctx, v)
	}
	return ch.Put(ctx, v)
}

// show prints the channel's value. That it may not be read is no failure of a put.
func (p *program) show(ctx context.Context, o *putOptions, ch *client.Channel, what string) error {
	ctx, cancel := o.deadline(ctx)
	defer cancel()
	get := getOptions{options: o.options}
	r := &reading{name: ch.Name()}
	get.read(ctx, ch, r)
	out, err := o.append([]byte(what), r)
	if err != nil {
		return err
	}
	if _, err := p.stdout.Write(out); err != nil {
		return err
	}
	if errors.Is(r.err, protocol.ECANoRdAccess) {
		return nil
	}
	return r.err
}

// isAnswer reports whether err is a server's refusal, so that it is still there.
func isAnswer(err error) bool {
	var s protocol.Status
	return errors.As(err, &s)
}

// value is what to write: numbers as text, for the server to convert, and enums by
// their names.
func (p *program) value(ctx context.Context, o *putOptions, ch *client.Channel, words []string) (pv.Value, error) {
	ctx, cancel := o.deadline(ctx)
	defer cancel()
	if err := ch.Connect(ctx); err != nil {
		return pv.Value{}, err
	}
	info, _ := ch.Info()
	switch {
	case info.Type == dbr.Enum:
		d, err := ch.Get(ctx, client.Request{Type: client.Exactly(dbr.GrEnum), Count: 1})
		if err != nil {
			return pv.Value{}, err
		}
		r := reading{Data: d} // a server may have answered with another type
		return o.enums(words, r.choices())
	case o.longStrings:
		return dbr.LongString(words[0]), nil
	}
	return pv.ArrayValue(words), nil // even of one: a word for a channel of characters is a number
}

// enums are words as states of an enum: all as names if all are, else as numbers.
func (o *putOptions) enums(words, choices []string) (pv.Value, error) {
	named := func(w string) bool { return slices.Contains(choices, w) }
	if !o.indices && !slices.ContainsFunc(words, func(w string) bool { return !named(w) }) {
		return pv.ArrayValue(words), nil
	}
	numbers := make([]float64, len(words))
	for i, w := range words {
		x, err := strconv.ParseFloat(w, 64)
		switch at := slices.Index(choices, w); {
		case !o.indices && at >= 0:
			x = float64(at)
		case err != nil || o.names:
			return pv.Value{}, fmt.Errorf("no state %q: want one of %q", w, choices)
		}
		numbers[i] = x
	}
	return pv.ArrayValue(numbers), nil
}
