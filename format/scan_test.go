package format_test

import (
	"errors"
	"math"
	"testing"

	"github.com/ioclet/ioclet/format"
)

func TestScan(t *testing.T) {
	f, i, s, c := format.Float, format.Int, format.Text, format.Choice
	for _, test := range []struct {
		format string
		dir    format.Direction
		src    string
		n      int
		want   []format.Arg
	}{
		{"VOLT %f", format.Input, "VOLT 12.5;", 9, []format.Arg{f(12.5)}},
		{"%f", format.Input, " \t-1.5e3x", 8, []format.Arg{f(-1500)}},
		{"%f", format.Input, "1e", 1, []format.Arg{f(1)}},
		{"%e", format.Input, ".5", 2, []format.Arg{f(.5)}},
		{"%g", format.Input, "-INFinity", 9, []format.Arg{f(math.Inf(-1))}},
		{"%f", format.Input, "1e999", 5, []format.Arg{f(math.Inf(1))}},
		{"%#f", format.Input, "+ 5", 3, []format.Arg{f(5)}},
		{"%3f%f", format.Input, " 1.2345", 7, []format.Arg{f(1.2), f(345)}},
		{"% 3f%f", format.Input, " 1.2345", 7, []format.Arg{f(1), f(2345)}},
		{"%*f%f", format.Input, "1 2", 3, []format.Arg{f(2)}},
		{"%d", format.Input, "-12a", 3, []format.Arg{i(-12)}},
		{"%d%d", format.Input, "-12+3", 5, []format.Arg{i(-12), i(3)}},
		{"%i %i %i", format.Input, "10 010 0x10", 11, []format.Arg{i(10), i(8), i(16)}},
		{"%d", format.Input, "010", 3, []format.Arg{i(10)}},
		{"%x %X %o", format.Input, "0xfF 10 17", 10, []format.Arg{i(255), i(16), i(15)}},
		{"%-x", format.Input, "-ff", 3, []format.Arg{i(-255)}},
		{"%2x%2x", format.Input, "1234", 4, []format.Arg{i(0x12), i(0x34)}},
		{"%x", format.Input, "0xg", 1, []format.Arg{i(0)}},
		{"%x", format.Input, "ffffffffffffffff", 16, []format.Arg{i(-1)}},
		{"%d", format.Input, "-9223372036854775808", 20, []format.Arg{i(math.MinInt64)}},
		{"%?d,%?f,%?s", format.Input, ",,", 2, []format.Arg{i(0), f(0), s("")}},
		{"%!5d", format.Input, "12345", 5, []format.Arg{i(12345)}},
		{"%!5d", format.Input, "  123", 5, []format.Arg{i(123)}},
		{"%s %s", format.Input, "  ab cd ", 7, []format.Arg{s("ab"), s("cd")}},
		{"% s", format.Input, "  ab", 4, []format.Arg{s("  ab")}},
		{"%#s", format.Input, "ab cd\x00ef", 5, []format.Arg{s("ab cd")}},
		{"%s", format.Input, "", 0, []format.Arg{s("")}},
		{"%3s", format.Input, " abcd", 4, []format.Arg{s("abc")}},
		{"%c%3c", format.Input, " abcd", 4, []format.Arg{s(" "), s("abc")}},
		{"%[_a-cz-]%[^0-9]", format.Input, "a_-dz1", 5, []format.Arg{s("a_-"), s("dz")}},
		{"%[]a]", format.Input, "a]b", 2, []format.Arg{s("a]")}},
		{`%[\]\x30-9]`, format.Input, "1]x", 2, []format.Arg{s("1]")}},
		{"%2[0-9]", format.Input, "123", 2, []format.Arg{s("12")}},
		{"%{OFF|ON}", format.Input, "ON!", 2, []format.Arg{c(1)}},
		{"%{a|ab}", format.Input, "ab", 1, []format.Arg{c(0)}},
		{"%#{no=-1|yes=5|}", format.Input, "maybe", 0, []format.Arg{c(6)}},
		{"%b", format.Input, " 10102", 5, []format.Arg{i(10)}},
		{"%#b", format.Input, "011", 3, []format.Arg{i(6)}},
		{`%B.!`, format.Input, "!.!", 3, []format.Arg{i(5)}},
		{"%3b%b", format.Input, "11101", 5, []format.Arg{i(7), i(1)}},
		{"%r%0r%2r%#2r", format.Input, "\xff\xff\xff\xfe\xfe\xff", 6, []format.Arg{i(-1), i(255), i(-2), i(-2)}},
		{"%10r%#010r", format.Input, "\x00\x00AAAAAAAABBBBBBBB\x00\x00", 20, []format.Arg{i(0x4141414141414141), i(0x4242424242424242)}},
		{"%R%#8R", format.Input, "\x3f\x80\x00\x00\x00\x00\x00\x00\x00\x00\xf0\x3f", 12, []format.Arg{f(1), f(1)}},
		{"%2D%#2D%+2D", format.Input, "\x12\x34\x34\x12\xf1\x23", 6, []format.Arg{i(1234), i(1234), i(-123)}},
		{"%2D", format.Input, "\x12\xab", 1, []format.Arg{i(12)}},
		{"%m", format.Input, "+123-4x", 6, []format.Arg{f(0.0123)}},
		{`%/\d+/`, format.Input, "abc123def", 6, []format.Arg{s("123")}},
		{`%.1/<title>(.*)<\/title>/`, format.Input, "x<title>T</title>y", 17, []format.Arg{s("T")}},
		{`A\_B\?C`, format.Input, "A \t BxC", 7, nil},
		{`A\_B\?`, format.Input, "AB", 2, nil},
		{"%=.3f", format.Input, "1.500", 5, []format.Arg{f(1.5)}},
		{"%d%%", format.Input, "5%", 2, []format.Arg{i(5)}},
		{"%s%0<sum8>", format.Output, "abc26", 5, []format.Arg{s("abc")}},
		// What a simulated instrument reads.
		{"VOLT %6.3f", format.Output, "VOLT 12345.678", 14, []format.Arg{f(12345.678)}},
		{"A%-6dB", format.Output, "A12    B", 8, []format.Arg{i(12)}},
		{"%04i", format.Output, "0010", 4, []format.Arg{i(10)}},
		{"SAY %s!", format.Output, "SAY hello world!", 16, []format.Arg{s("hello world")}},
		{"%-5s,%5s.", format.Output, "ab   ,   cd.", 12, []format.Arg{s("ab"), s("cd")}},
		{"%05s", format.Output, "\x00\x00\x00ab", 5, []format.Arg{s("ab")}},
		{"%s%d", format.Output, "  ab12 3", 8, []format.Arg{s("  ab12"), i(3)}},
		{"%s%4r", format.Output, "a b\x00\x00\x00\x05", 7, []format.Arg{s("a b"), i(5)}},
		{"%3c%-3c", format.Output, "  AB  ", 6, []format.Arg{i('A'), i('B')}},
		{"%.2r%#4.2r", format.Output, "\x01\x02\xfe\xff\xff\xff", 6, []format.Arg{i(0x102), i(-2)}},
		{"%-8b|", format.Output, "101     |", 9, []format.Arg{i(5)}},
	} {
		f := format.MustCompile(test.format, test.dir)
		out := make([]format.Arg, f.Args())
		for _, conv := range f.Converters() {
			if conv.Compare {
				copy(out, test.want)
			}
		}
		n, err := f.Scan([]byte(test.src), out)
		if n != test.n || err != nil {
			t.Errorf("%v %q of %q: %d, %v; want %d", test.dir, test.format, test.src, n, err, test.n)
			continue
		}
		for j := range test.want {
			if out[j] != test.want[j] {
				t.Errorf("%v %q of %q: value %d is %v, want %v", test.dir, test.format, test.src, j, out[j], test.want[j])
			}
		}
	}
}

func TestScanErrors(t *testing.T) {
	for _, test := range []struct {
		format string
		src    string
		err    error
		offset int
		want   string
	}{
		{"VOLT %f", "VOLX 1", format.ErrMismatch, 3, `"VOLT "`},
		{"VOLT %f", "VO", format.ErrShort, 2, `"VOLT "`},
		{"V=%f", "V=", format.ErrShort, 2, "a number (%f)"},
		{"V=%f", "V=-", format.ErrShort, 3, "a number (%f)"},
		{"V=%f", "V=x", format.ErrMismatch, 2, "a number (%f)"},
		{"%f", "+ 5", format.ErrMismatch, 1, "a number (%f)"},
		{"%d;", "12,", format.ErrMismatch, 2, `";"`},
		{"%u", "-1", format.ErrMismatch, 0, "an integer (%u)"},
		{"%x", "-1", format.ErrMismatch, 0, "a hexadecimal integer (%x)"},
		{"%d", "9223372036854775808", format.ErrMismatch, 19, "an integer (%d)"},
		{"%u", "18446744073709551616", format.ErrMismatch, 19, "an integer (%u)"},
		{"%!5d", "123", format.ErrShort, 3, "an integer (%!5d)"},
		{"%!5d;", "123;;", format.ErrMismatch, 3, "an integer (%!5d)"},
		{"%{OFF|ON}", "O", format.ErrShort, 1, "one of the choices (%{OFF|ON})"},
		{"%{OFF|ON}", "X", format.ErrMismatch, 0, "one of the choices (%{OFF|ON})"},
		{"%2r", "x", format.ErrShort, 1, "raw bytes (%2r)"},
		{"%R", "xxx", format.ErrShort, 3, "raw bytes (%R)"},
		{"%2D", "\xff\x00", format.ErrMismatch, 0, "packed decimal digits (%2D)"},
		{"%b", "2", format.ErrMismatch, 0, `bits of "0" and "1" (%b)`},
		{"%m", "12", format.ErrShort, 2, "a number (%m)"},
		{"%m", "12e5", format.ErrMismatch, 2, "a number (%m)"},
		{"%/a+/", "bbb", format.ErrMismatch, 0, "text (%/a+/)"},
		{"ab%<sum8>", "ab", format.ErrShort, 2, "checksum sum8 (%<sum8>)"},
		{"ab%0<sum8>", "abC4", format.ErrMismatch, 2, "checksum sum8 (%0<sum8>)"},
		{"%d", "12 ", format.ErrMismatch, 2, "the end of the input"},
	} {
		f := format.MustCompile(test.format, format.Input)
		err := f.ScanAll([]byte(test.src), make([]format.Arg, f.Args()))
		var scan *format.ScanError
		if !errors.As(err, &scan) || !errors.Is(err, test.err) || scan.Offset != test.offset || scan.Want != test.want {
			t.Errorf("%q of %q: %v; want %v at %d expecting %s", test.format, test.src, err, test.err, test.offset, test.want)
		}
	}
	compare := format.MustCompile("%=.1f", format.Input)
	if err := compare.ScanAll([]byte("1.6"), []format.Arg{format.Float(1.5)}); !errors.Is(err, format.ErrMismatch) {
		t.Errorf("1.6 compared with 1.5: %v", err)
	}
	if _, err := compare.Scan(nil, nil); !errors.As(err, new(*format.ArgsError)) {
		t.Errorf("no room for a value: %v", err)
	}
}

// TestRoundTrip prints values and scans them again with the same format, in both
// directions.
func TestRoundTrip(t *testing.T) {
	ints := []int64{0, 1, -1, 7, -8, 99, 127, -128, 255, 4660, -4660, 65535, 1 << 31, math.MaxInt64, math.MinInt64}
	floats := []float64{0, 1, -1, 0.5, 1e-9, 1.2345678901234567, -2.5e10, 1e300, 5e-324, math.Inf(1), math.Inf(-1)}
	texts := []string{"", "a", "OFF", "x-1", "a.b/c", "12"}
	for _, spec := range []string{
		"%d", "%i", "%u", "%x", "%X", "%o", "%5d", "%-5d|", "%05d", "%+d", "% d", "%!5d", "%#x", "%.8r", "%8r", "%4r", "%04r",
		"%#2r", "%2.2r", "%D", "%.18D", "%+4D", "%#+8D", "%9D", "%10D", "%#10D", "%+10D", "%b", "%#b", "%8b", "%08b", "%#08b", "%-8b|", "%16.16b", "%.4b", "%-6.4b", "%B.!", "%+.4D", "%+2.6D",
		"%f", "%e", "%g", "%.17g", "%8f", "%-24.17e|", "%024.17E", "%8R", "%#8R", "%R", "%m", "%.17m", "%20.17m", "%!8f", "%!7m", "%!5{a|b}",
		"%s", "%#s", "%5s", "%-5s", "%05s", "%c", "%3c", "%[a-zA-Z0-9./-]", "%{OFF|ON|x}", "%#{a=-1|b|c=99}", "%/.*/",
	} {
		for _, dir := range []format.Direction{format.Output, format.Input} {
			for i, text := range []string{spec, "<" + spec + ">%<crc16>", "A" + spec + ";" + spec + "_%0#<sum16>"} {
				f, err := format.Compile(text, dir)
				if err != nil {
					continue // this converter is not for this direction
				}
				if i > 0 && dir == format.Input && f.Converters()[0].Kind == format.String {
					continue // it reads as far as it can, what follows too
				}
				for _, v := range ints {
					roundTrip(t, f, format.Int(v))
				}
				for _, v := range floats {
					roundTrip(t, f, format.Float(v))
				}
				for _, v := range texts {
					roundTrip(t, f, format.Text(v))
				}
			}
		}
	}
}

// roundTrip prints a, if f can print it, for each converter and scans it again.
// What comes back must print the same; and be the same where nothing is lost.
func roundTrip(t *testing.T, f *format.Format, a format.Arg) {
	t.Helper()
	args := make([]format.Arg, f.Args())
	for i := range args {
		args[i] = a
	}
	text, err := f.Append(nil, args...)
	if err != nil {
		if !errors.As(err, new(*format.ValueError)) {
			t.Errorf("%v %q of %v: %v", f.Direction(), f, a, err)
		}
		return
	}
	back := make([]format.Arg, len(args))
	if err := f.ScanAll(text, back); err != nil {
		t.Errorf("%v %q prints %v as %q, but: %v", f.Direction(), f, a, text, err)
		return
	}
	again, err := f.Append(nil, back...)
	if err != nil || string(again) != string(text) {
		t.Errorf("%v %q: %v printed %q, scanned %v, printed %q, %v", f.Direction(), f, a, text, back, again, err)
	}
}

func TestNoAllocation(t *testing.T) {
	dst := make([]byte, 0, 200)
	for _, test := range []struct {
		format string
		args   []format.Arg
	}{
		{"VOLT %.3f", []format.Arg{format.Float(12.5)}},
		{"%d %x %u %+08d", []format.Arg{format.Int(-5), format.Int(255), format.Int(7), format.Int(3)}},
		{"%e,%g", []format.Arg{format.Float(1e-9), format.Float(1e9)}},
		{"%.2r%R%.4D%b %m;%{OFF|ON}", []format.Arg{format.Int(5), format.Float(1), format.Int(12), format.Int(5), format.Float(2), format.Choice(1)}},
		{"@%d;%0<crc16>", []format.Arg{format.Int(5)}},
		{"%s %d", []format.Arg{format.Text("same"), format.Int(5)}},
	} {
		f := format.MustCompile(test.format, format.Output)
		out := make([]format.Arg, f.Args())
		copy(out, test.args)
		var err error
		if n := testing.AllocsPerRun(100, func() { dst, err = f.Append(dst[:0], test.args...) }); n != 0 || err != nil {
			t.Errorf("Append %q: %v allocations, %v", test.format, n, err)
		}
		if n := testing.AllocsPerRun(100, func() { _, err = f.Scan(dst, out) }); n != 0 || err != nil {
			t.Errorf("Scan %q: %v allocations, %v", test.format, n, err)
		}
	}
}
