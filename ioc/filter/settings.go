package filter

import (
	"slices"

	"github.com/ioclet/ioclet/pv"
)

// settings collects what is written in a filter's braces. The last of several values
// for one thing holds.
type settings interface {
	// keys are the names of the settings; a client may write the front of one, which is
	// then the first of those that begin so.
	keys() []string
	// set takes a setting by its whole name.
	set(key string, a argument) error
	// finish is the filter, or why it cannot be.
	finish(states *States) (f filter, reason string)
}

// settingsOf are the settings of the filter of that name, nil if there is none.
func settingsOf(name string) settings {
	switch name {
	case "ts":
		return &tsSettings{num: -1, str: -1}
	case "dbnd":
		return &dbndSettings{}
	case "arr":
		return &arrSettings{arr{step: 1, end: -1}}
	case "sync":
		return &syncSettings{mode: -1}
	case "dec":
		return &decSettings{}
	case "utag":
		return &utagSettings{utag{mask: -1}}
	}
	return nil
}

var (
	tsNumbers = []string{"dbl", "sec", "nsec", "ts"}
	tsTexts   = []string{"epics", "iso"}
	tsEpochs  = []string{"epics", "unix"}
)

// tsSettings are those of ts: without num and str it gives the present time.
type tsSettings struct{ num, str, epoch int }

func (s *tsSettings) keys() []string { return []string{"num", "str", "epoch"} }

func (s *tsSettings) set(key string, a argument) (err error) {
	switch key {
	case "num":
		s.num, err = a.choice(tsNumbers...)
	case "str":
		s.str, err = a.choice(tsTexts...)
	default:
		s.epoch, err = a.choice(tsEpochs...)
	}
	return err
}

func (s *tsSettings) finish(*States) (filter, string) {
	var epoch uint32
	if tsEpochs[s.epoch] == "unix" {
		epoch = uint32(pv.Stamp{}.Time().Unix())
	}
	switch {
	case s.str >= 0:
		return tsText(tsTexts[s.str]), ""
	case s.num >= 0:
		return tsNumber{form: tsNumbers[s.num], epoch: epoch}, ""
	}
	return restamp{}, ""
}

// dbndSettings are those of dbnd: {abs: d}, {rel: d} or {d: d, m: "abs" or "rel"}.
type dbndSettings struct{ dbnd }

func (s *dbndSettings) keys() []string { return []string{"d", "m", "abs", "rel"} }

func (s *dbndSettings) set(key string, a argument) (err error) {
	if key == "m" {
		var mode int
		mode, err = a.toChoice("abs", "rel")
		s.relative = mode == 1
		return err
	}
	s.width, err = a.toNumber()
	if key != "d" {
		s.relative = key == "rel"
	}
	return err
}

func (s *dbndSettings) finish(*States) (filter, string) { return &s.dbnd, "" }

// arrSettings are those of arr: s and e, both included, and i, the step.
type arrSettings struct{ arr }

func (s *arrSettings) keys() []string { return []string{"s", "i", "e"} }

func (s *arrSettings) set(key string, a argument) error {
	x, err := a.toInteger()
	switch key {
	case "s":
		s.start = x
	case "i":
		s.step = x
	default:
		s.end = x
	}
	return err
}

func (s *arrSettings) finish(*States) (filter, string) { return s.arr, "" }

// syncSettings are those of sync: {mode: "state"} or {m: "mode", s: "state"}.
type syncSettings struct {
	mode  int
	state string
}

func (s *syncSettings) keys() []string { return append([]string{"m", "s"}, syncModes...) }

func (s *syncSettings) set(key string, a argument) (err error) {
	if key == "m" {
		s.mode, err = a.toChoice(syncModes...)
		return err
	}
	if key != "s" {
		s.mode = slices.Index(syncModes, key)
	}
	s.state, err = a.word()
	return err
}

func (s *syncSettings) finish(states *States) (filter, string) {
	if s.mode < 0 || s.state == "" {
		return nil, "a mode and a state are needed"
	}
	state := states.find(s.state)
	if state == nil {
		return nil, "the IOC has no such state"
	}
	return &syncGate{mode: syncModes[s.mode], state: state}, ""
}

// decSettings are those of dec: {n: every how many events}.
type decSettings struct{ n int32 }

func (s *decSettings) keys() []string { return []string{"n"} }

func (s *decSettings) set(_ string, a argument) (err error) {
	s.n, err = a.exactInteger()
	return err
}

func (s *decSettings) finish(*States) (filter, string) {
	if s.n < 1 {
		return nil, "n, of 1 or more, is needed"
	}
	return &dec{n: s.n}, ""
}

// utagSettings are those of utag: {M: which bits, V: their value}.
type utagSettings struct{ utag }

func (s *utagSettings) keys() []string { return []string{"M", "V"} }

func (s *utagSettings) set(key string, a argument) error {
	x, err := a.toInteger()
	if key == "M" {
		s.mask = int64(x)
	} else {
		s.value = int64(x)
	}
	return err
}

func (s *utagSettings) finish(*States) (filter, string) { return &s.utag, "" }
