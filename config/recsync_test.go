package config

import (
	"fmt"
	"testing"
)

func TestRecSync(t *testing.T) {
	for text, want := range map[string]string{
		"recsync: yes\nioc: {name: bench, engineer: me, location: room 3}\npvs: {A: {value: 1}}\n": "[{IOCNAME bench} {ENGINEER me} {LOCATION room 3}]",
		"recsync: yes\npvs: {A: {value: 1}}\n":                                                     "[{IOCNAME test} {ENGINEER } {LOCATION }]",
		"recsync: no\npvs: {A: {value: 1}}\n":                                                      "",
		"pvs: {A: {value: 1}}\n":                                                                   "",
	} {
		m, err := Parse("test.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		built, err := m.Build(Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if c := built.RecSync; c != nil {
			got = fmt.Sprint(c.Infos)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
