package filter

import (
	"math"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// gate is a filter that decides about events. What it keeps from one event to the next
// belongs to one monitor.
type gate interface {
	filter
	// fork is the gate before its first event.
	fork() gate
	// pass is what the event becomes; ok is false if it is dropped.
	pass(s pv.Sample, m pv.Mask, tag uint64) (t pv.Sample, ok bool)
}

// restamp is ts without a form: the present time instead of the value's.
type restamp struct{}

func (r restamp) fork() gate { return r }

func (restamp) pass(s pv.Sample, _ pv.Mask, _ uint64) (pv.Sample, bool) {
	s.Time = pv.StampOf(time.Now())
	return s, true
}

// dbnd drops events whose value has moved too little since the last that passed: by
// width, or by that many per cent. Events that are about alarms or metadata pass, too;
// so do values that are no scalar numbers.
type dbnd struct {
	width    float64
	relative bool

	last float64 // NaN at first, from which any number is far away
	band float64 // what it has to move by
}

func (d *dbnd) fork() gate {
	return &dbnd{width: d.width, relative: d.relative, last: math.NaN(), band: d.width}
}

func (d *dbnd) pass(s pv.Sample, m pv.Mask, _ uint64) (pv.Sample, bool) {
	if s.Value.IsArray() || !s.Value.Kind().IsNumber() {
		return s, true
	}
	x := s.Value.Float64()
	const about = pv.EventValue | pv.EventLog
	ok := m&^about != 0
	if m&about != 0 && distance(d.last, x) > d.band {
		ok = true
		d.last = x
	}
	if ok && d.relative {
		d.band = x * d.width / 100 // negative for a negative x: everything passes, as in base
	}
	return s, ok
}

// distance is how far apart x and y are; infinitely if only one of them is NaN, or is
// infinite (base: recGblCheckDeadband).
func distance(x, y float64) float64 {
	switch {
	case x == y || x != x && y != y:
		return 0
	case x != x || y != y:
		return math.Inf(1)
	}
	return math.Abs(x - y)
}

// syncModes are the modes of sync: which events pass with respect to a state.
var syncModes = []string{"before", "first", "while", "last", "after", "unless"}

// syncGate is sync. Events that are about metadata pass by. As in base, an event before is
// kept without its text or array and passes with the present one: many monitors cannot
// keep each another old array.
type syncGate struct {
	mode  string
	state *State

	was  bool      // state at the event before
	kept pv.Sample // the event before
	has  bool      // there was one
}

func (g *syncGate) fork() gate { return &syncGate{mode: g.mode, state: g.state} }

func (g *syncGate) pass(s pv.Sample, m pv.Mask, _ uint64) (pv.Sample, bool) {
	if m&pv.EventProperty != 0 {
		return s, true
	}
	is, was := g.state.Get(), g.was
	g.was = is
	switch g.mode {
	case "while":
		return s, is
	case "unless":
		return s, !is
	case "first":
		return s, is && !was
	case "after":
		return s, was && !is
	}
	before, has := g.kept, g.has
	if before.Value.Kind() == pv.Invalid {
		before.Value = s.Value
	}
	if g.kept, g.has = s, true; s.Value.IsArray() || s.Value.Kind() == pv.String {
		g.kept.Value = pv.Value{}
	}
	if g.mode == "before" {
		return before, has && is && !was
	}
	return before, has && was && !is // last
}

// dec passes the first of n events, and then the first of the next n. Events that are
// about metadata pass by.
type dec struct {
	n int32

	count int32
}

func (d *dec) fork() gate { return &dec{n: d.n} }

func (d *dec) pass(s pv.Sample, m pv.Mask, _ uint64) (pv.Sample, bool) {
	if m&pv.EventProperty != 0 {
		return s, true
	}
	ok := d.count == 0
	if d.count++; d.count == d.n {
		d.count = 0
	}
	return s, ok
}

// utag passes the first event, and those whose user tag has the bits of mask as in
// value. Events that are about metadata pass by.
type utag struct {
	mask, value int64

	begun bool
}

func (u *utag) fork() gate { return &utag{mask: u.mask, value: u.value} }

func (u *utag) pass(s pv.Sample, m pv.Mask, tag uint64) (pv.Sample, bool) {
	if m&pv.EventProperty != 0 {
		return s, true
	}
	first := !u.begun
	u.begun = true
	return s, first || tag&uint64(u.mask) == uint64(u.value)
}
