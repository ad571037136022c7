package config

import (
	"testing"

	"github.com/ioclet/ioclet/pv"
)

// TestStates: a state of the file follows its PV from the start.
func TestStates(t *testing.T) {
	m, err := Parse("a.yaml", []byte("ioc: {prefix: \"A:\"}\npvs:\n  LASER: {value: On, states: [Off, On]}\nstates: {lasing: LASER}\n"))
	if err != nil {
		t.Fatal(err)
	}
	i, err := m.Build(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !i.State("lasing").Get() {
		t.Error("off at the start, though the PV is On")
	}
	for _, on := range []bool{false, true, false} {
		text := map[bool]string{false: "Off", true: "On"}[on]
		put(t, i, "A:LASER", pv.StringValue(text))
		if got := i.State("lasing").Get(); got != on {
			t.Errorf("%s: %v", text, got)
		}
	}
	if i.State("other").Get() {
		t.Error("a state that nothing sets is on")
	}
}
