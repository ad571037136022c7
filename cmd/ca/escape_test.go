package main

import "testing"

// TestUnescape: what caput of EPICS base 7.0.10 makes of its argument.
func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "plain": "plain", `tab\tq`: "tab\tq", `\x41Z`: "AZ", `\x4`: "\x04", `\x4Z`: "\x04Z",
		`\x412`: "A2", `\xg`: "xg", `\101`: "101", `\q`: "q", `end\`: "end", `a\0b`: "a\x00b",
		`\a\b\f\n\r\v\\\'\"`: "\a\b\f\n\r\v\\'\"", "°": "°",
	} {
		if got := unescape(in); got != want {
			t.Errorf("unescape(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzEscape: what is printed is one line of ASCII, and reads back as it was.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", "a\x00b", "\x04Z", "°", "\\x41", "\x7f\xff\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e := appendEscaped(nil, s)
		for _, c := range e {
			if c < ' ' || c > '~' {
				t.Errorf("%q: %q is not on one line of ASCII", s, e)
			}
		}
		if got := unescape(string(e)); got != s {
			t.Errorf("%q became %q", s, got)
		}
	})
}
