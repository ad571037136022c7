package main

import (
	"strings"
	"testing"
)

// What an adapter calls itself moves no cursor, and is no YAML.
func TestNamesOfAdapters(t *testing.T) {
	i := inventory{Serial: []serialPort{{
		Path: "/dev/ttyUSB0", Product: "x\n  EVIL: {}\x1b[2J", USB: &usbDevice{VID: 1, PID: 2, Serial: "\x1b[2J\n  EVIL: {}"},
	}}}
	var s strings.Builder
	i.text(&s)
	if text := s.String(); strings.Contains(text, "\x1b") || strings.Contains(text, "\n  EVIL") || !strings.Contains(text, `x\n  EVIL: {}\e[2J`) {
		t.Errorf("%q", text)
	}
}
