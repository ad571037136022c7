package main

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// options are the flags that the commands share.
type options struct {
	text
	wait     time.Duration // 0: as long as it takes
	priority uint8
	count    uint32 // elements wanted, 0: all
	strings  bool   // floats as the server writes them
	json     bool
	isTerse  bool   // the value alone on its line
	isWide   bool   // name, time, value, status and severity
	stampKey string // for newStamps

	seconds             float64
	exp, fixed, general int
	floatBase, intBase  string
	separatorText       string
}

// unset is a number of digits that was not given.
const unset = -1

// connecting adds the flags of every command that connects.
func (o *options) connecting(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Float64VarP(&o.seconds, "wait", "w", unset, "wait for at most this many `seconds`, 0: for ever (default 1, or EPICS_CLI_TIMEOUT)")
	f.Uint8VarP(&o.priority, "priority", "p", 0, "priority of the circuit, 0 to 99")
	f.StringVarP(&o.separatorText, "separator", "F", " ", "character between the fields of a line")
	f.BoolVarP(&o.indices, "enum-numbers", "n", false, "enums as numbers (default: by name)")
	f.BoolVarP(&o.longStrings, "long-string", "S", false, "arrays of characters as text")
	f.BoolVar(&o.json, "json", false, "one JSON object a line")
	noDefault(cmd, "wait")
}

// noDefault keeps help from showing that flags are unset if not given.
func noDefault(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		cmd.Flags().Lookup(name).DefValue = "0" // is not shown
	}
}

// formatting adds the flags that say how numbers look.
func (o *options) formatting(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Uint32VarP(&o.count, "count", "#", 0, "at most this many elements of an array (default: all)")
	f.BoolVarP(&o.strings, "server-string", "s", false, "floats as the server writes them, with its precision")
	f.IntVarP(&o.exp, "exp", "e", unset, "floats as %e with this many `digits`")
	f.IntVarP(&o.fixed, "fixed", "f", unset, "floats as %f with this many `digits`")
	f.IntVarP(&o.general, "general", "g", unset, "floats as %g with this many `digits` (default 6)")
	f.StringVarP(&o.floatBase, "rounded", "l", "", "floats rounded, as hexadecimal (x), octal (o) or binary (b)")
	f.StringVarP(&o.intBase, "integers", "0", "", "integers as hexadecimal (x), octal (o) or binary (b)")
	noDefault(cmd, "exp", "fixed", "general")
	cmd.MarkFlagsMutuallyExclusive("exp", "fixed", "general")
}

// settle checks the flags and fills in what follows from them.
func (o *options) settle(p *program, cmd *cobra.Command) (err error) {
	if err := o.settleWait(p, cmd); err != nil {
		return err
	}
	if o.priority > protocol.MaxPriority {
		return usageError{fmt.Errorf("priority %d: want 0 to %d", o.priority, protocol.MaxPriority)}
	}
	if len(o.separatorText) != 1 {
		return usageError{fmt.Errorf("separator %q: want one ASCII character", o.separatorText)}
	}
	o.separator = o.separatorText[0]
	o.counted = o.count > 0
	switch {
	case o.isTerse:
		o.layout = terse
	case o.isWide:
		o.layout = wide
	}
	if o.stamps, err = newStamps(o.stampKey, p.now); err != nil {
		return usageError{err}
	}
	o.verb, o.precision = 'g', 6
	if cmd.Flags().Lookup("exp") == nil {
		return nil // a command without the flags of formatting
	}
	return o.settleNumbers()
}

func (o *options) settleWait(p *program, cmd *cobra.Command) error {
	if !cmd.Flags().Changed("wait") {
		o.seconds = 1
		if s := p.lookup("EPICS_CLI_TIMEOUT"); s != "" {
			x, err := strconv.ParseFloat(s, 64)
			if err != nil {
				return usageError{fmt.Errorf("EPICS_CLI_TIMEOUT=%q: want a number of seconds", s)}
			}
			o.seconds = x
		}
	}
	if !(o.seconds >= 0) || o.seconds >= math.MaxInt64/float64(time.Second) {
		return usageError{fmt.Errorf("wait of %v seconds: want 0 or more", o.seconds)}
	}
	o.wait = time.Duration(o.seconds * float64(time.Second))
	return nil
}

func (o *options) settleNumbers() error {
	const most = 18 // no float64 has more digits that mean something
	for verb, n := range map[byte]int{'e': o.exp, 'f': o.fixed, 'g': o.general} {
		if n == unset {
			continue
		}
		if n < 0 || n > most {
			return usageError{fmt.Errorf("-%c %d: want 0 to %d digits", verb, n, most)}
		}
		o.verb, o.precision = verb, n
	}
	var err error
	if o.rounded, err = parseBase(o.floatBase); err != nil {
		return err
	}
	o.integers, err = parseBase(o.intBase)
	return err
}

func parseBase(s string) (base, error) {
	switch s {
	case "":
		return decimal, nil
	case "x", "o", "b":
		return base(s[0]), nil
	}
	return 0, usageError{fmt.Errorf("number base %q: want x, o or b", s)}
}

// choose is the type to ask for, as base's tools choose it: with a time stamp,
// enums as text, and floats too if that is wanted.
func (o *options) choose(native dbr.Type) dbr.Type {
	switch {
	case native == dbr.Enum && o.indices:
		return dbr.TimeShort
	case native == dbr.Enum,
		o.strings && (native == dbr.Float || native == dbr.Double):
		return dbr.TimeString
	}
	return native.With(dbr.Time)
}

// parseMask reads the letters of -m.
func parseMask(s string) (pv.Mask, error) {
	var m pv.Mask
	for _, c := range s {
		switch c {
		case 'v':
			m |= pv.EventValue
		case 'l':
			m |= pv.EventLog
		case 'a':
			m |= pv.EventAlarm
		case 'p':
			m |= pv.EventProperty
		default:
			return 0, usageError{fmt.Errorf("event mask %q: want letters of v a l p", s)}
		}
	}
	if m == 0 {
		return 0, usageError{fmt.Errorf("event mask %q: want letters of v a l p", s)}
	}
	return m, nil
}
