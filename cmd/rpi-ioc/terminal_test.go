package main

import (
	"context"
	"strings"
	"testing"
)

// Colours are for terminals, and for those who want them.
func TestColours(t *testing.T) {
	for _, test := range []struct {
		name     string
		terminal bool
		env      map[string]string
		want     bool
	}{
		{"a terminal", true, map[string]string{"TERM": "xterm"}, true},
		{"an empty NO_COLOR", true, map[string]string{"NO_COLOR": ""}, true},
		{"NO_COLOR", true, map[string]string{"NO_COLOR": "1"}, false},
		{"a dumb terminal", true, map[string]string{"TERM": "dumb"}, false},
		{"a pipe", false, map[string]string{"TERM": "xterm"}, false},
	} {
		var out strings.Builder
		p := &program{stdout: &out, stderr: &out, machine: thisMachine, terminal: test.terminal, lookup: func(name string) (string, bool) {
			v, ok := test.env[name]
			return v, ok
		}}
		if code := p.run(context.Background(), []string{"pins", "--board", "raspberry-pi-4b"}); code != exitOK {
			t.Fatalf("%s: exit code %d: %s", test.name, code, &out)
		}
		if got := strings.Contains(out.String(), "\x1b[2m3V3\x1b[0m"); got != test.want {
			t.Errorf("%s: coloured %v, want %v:\n%s", test.name, got, test.want, &out)
		}
	}
}
