package access

import (
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// input is an INPx of a group that is in force.
type input struct {
	control *Control
	live    *live
	group   *liveGroup
	index   int
	pv      string

	// guarded by control.using
	record *record.Record
	source *record.Subscription // nil: not connected
}

var _ record.Subscriber = (*input)(nil)

// connect subscribes to the PV; false if there is none. control.using is held.
func (in *input) connect() bool {
	f, err := in.control.Database.Lookup(in.pv)
	if err != nil {
		return false
	}
	in.record = f.Record()
	in.source = f.Subscribe(pv.EventValue|pv.EventAlarm, in)
	return true
}

// disconnect ends the subscription. control.using is held.
func (in *input) disconnect() {
	if in.source != nil {
		in.source.Unsubscribe()
		in.record, in.source = nil, nil
	}
}

// Post takes a value of the input; the record is locked.
func (in *input) Post(s *pv.Sample, _ pv.Mask) {
	x, ok := number(s)
	in.set(x, ok)
}

// number is a sample as a number, if it has one that rules may go by (base: asCa.c).
func number(s *pv.Sample) (float64, bool) {
	v := s.Value
	if v.IsArray() {
		if v.Len() == 0 {
			return 0, false
		}
		v = v.At(0)
	}
	return v.Float64(), s.Alarm.Severity != pv.InvalidAlarm && v.Kind() != pv.String
}

// set gives the input a value, or marks it as bad, and works out the rules that use it.
func (in *input) set(x float64, good bool) {
	c := in.control
	c.mu.Lock()
	defer c.mu.Unlock()
	g, bit := in.group, uint32(1)<<in.index
	if good {
		g.values[in.index] = x
		g.bad &^= bit
	} else {
		g.bad |= bit
	}
	changed := false
	for i := range g.rules {
		if r := &g.rules[i]; r.calc != nil && r.uses&bit != 0 {
			changed = g.results[i].work(r, g) || changed
		}
	}
	if changed && c.live.Load() == in.live {
		c.changed()
	}
}

// work evaluates the CALC of a rule and reports whether it holds now and did not, or
// the other way round. True is what rounds to 1 at two digits, and VAL is 1 after
// that and else 0 (base: asComputeAsgPvt in asLibRoutines.c).
func (x *result) work(r *rule, g *liveGroup) (changed bool) {
	last := 0.0
	if x.met {
		last = 1
	}
	vars := g.values
	v, err := r.calc.Eval(vars[:], last)
	x.met = err == nil && v > 0.99 && v < 1.01
	holds := x.met && r.uses&g.bad == 0
	changed = holds != x.holds
	x.holds = holds
	return changed
}
