package format_test

import (
	"errors"
	"math"
	"testing"

	"github.com/ioclet/ioclet/format"
)

var fuzzSeeds = []string{
	"VOLT %.3f", "@%*3dACK%e;FF", "T=%f H=%(H)f", "%#{a=-1|b|c=?}", "%{OFF|ON}", "%[^a-z]", `%B\x00\xff`,
	"%-8b|", "%+4D", "%#2r%08R", "%.1/(a*)b/", "%s%0#<crc16>", `\x41\0101\65\?\_%%`, "%=5.2f", "%!5d%?s", "%-10m",
}

func FuzzCompile(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, text string, input bool) {
		compiled, err := format.Compile(text, direction(input))
		var syntax *format.SyntaxError
		switch {
		case err == nil && compiled.String() != text:
			t.Errorf("compiled %q is %q", text, compiled)
		case err != nil && !errors.As(err, &syntax):
			t.Errorf("%q: %T", text, err)
		case err != nil && (syntax.Column < 1 || syntax.Column > len(text)+1):
			t.Errorf("%q: column %d", text, syntax.Column)
		}
	})
}

func FuzzScan(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(s, true, []byte("VOLT 12.5"))
		f.Add(s, false, []byte("\x12\x34ON 101"))
	}
	f.Fuzz(func(t *testing.T, text string, input bool, src []byte) {
		compiled, err := format.Compile(text, direction(input))
		if err != nil {
			return
		}
		n, err := compiled.Scan(src, make([]format.Arg, compiled.Args()))
		var scan *format.ScanError
		switch {
		case n < 0 || n > len(src):
			t.Errorf("%q of %q: %d bytes", text, src, n)
		case err != nil && !errors.As(err, &scan):
			t.Errorf("%q of %q: %T", text, src, err)
		case err != nil && (scan.Offset < 0 || scan.Offset > len(src)):
			t.Errorf("%q of %q: offset %d", text, src, scan.Offset)
		}
	})
}

// FuzzRoundTrip prints a value between two literals and scans it again.
func FuzzRoundTrip(f *testing.F) {
	for _, s := range []string{"%d", "%.3f", "%8.3e", "%x", "%-6o|", "%s", "%5s", "%c", "%b", "%4r", "%R", "%+6D", "%.9m", "%{a|b}", "%[a-z]"} {
		f.Add(s, true, 12.5, int64(-3), "abc")
		f.Add(s, false, -1e-9, int64(1), "x")
	}
	f.Fuzz(func(t *testing.T, spec string, input bool, x float64, i int64, s string) {
		one, err := format.Compile(spec, direction(input))
		if err != nil || one.Args() != 1 || one.Prefix() != "" || one.Converters()[0].Source != spec {
			return // not one converter
		}
		compiled := format.MustCompile("<"+spec+">", direction(input))
		for _, a := range []format.Arg{format.Float(x), format.Int(i), format.Text(s)} {
			text, err := compiled.Append(nil, a)
			if err != nil {
				if !errors.As(err, new(*format.ValueError)) {
					t.Errorf("%q of %v: %v", spec, a, err)
				}
				continue
			}
			back := []format.Arg{a}
			n, err := compiled.Scan(text, back)
			if err != nil && !errors.As(err, new(*format.ScanError)) {
				t.Errorf("%q of %v printed %q: %v", spec, a, text, err)
			}
			plain := one.Converters()[0].Verb == 'd' && !math.IsNaN(x)
			if plain && (err != nil || n != len(text) || back[0].Int() != a.Int()) {
				t.Errorf("%q of %v printed %q, scanned %v, %v", spec, a, text, back[0], err)
			}
		}
	})
}

func direction(input bool) format.Direction {
	if input {
		return format.Input
	}
	return format.Output
}
