package format_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/format"
)

func TestCompileErrors(t *testing.T) {
	for _, test := range []struct {
		format string
		dir    format.Direction
		column int
		reason string
	}{
		{"VOLT %.3q", format.Output, 9, `unknown converter "q"`},
		{"VOLT %", format.Output, 7, "format ends in a converter"},
		{"%ld", format.Output, 2, "%d instead of %ld"},
		{"%T(%H)", format.Output, 2, "not supported"},
		{"%(NAME", format.Output, 2, "( without )"},
		{"%()f", format.Output, 2, "no name"},
		{"%.f", format.Output, 3, "digits after the period"},
		{"%5000d", format.Output, 2, "width 5000 is too large"},
		{"%.999999999999999999999f", format.Output, 3, "precision"},
		{"%*d", format.Output, 2, "flag *"},
		{"%?d", format.Output, 2, "flag ?"},
		{"%=d", format.Output, 2, "flag ="},
		{"%!3d", format.Output, 2, "flag !"},
		{"%!d", format.Input, 3, "needs a width"},
		{"%*=d", format.Input, 4, "no value to compare"},
		{"%.3d", format.Input, 4, "no precision"},
		{"%[a-z]", format.Output, 2, "%s here"},
		{"%/a/", format.Output, 2, "%s here"},
		{"%[a-z", format.Input, 2, "[ without ]"},
		{"%#[a]", format.Input, 3, "flags"},
		{"%{a|b", format.Output, 2, "{ without }"},
		{"%-{a|b}", format.Output, 3, "flags"},
		{"%#{a=x|b}", format.Output, 5, "integer"},
		{"%#{a=?|b}", format.Output, 7, "last"},
		{"%#{a=?}", format.Input, 5, "only for what is written"},
		{`%{a\?}`, format.Input, 4, "not possible in a choice"},
		{"%B0", format.Output, 2, "%B01"},
		{"%B00", format.Output, 2, "same character"},
		{"%3R", format.Output, 3, "expected 4 or 8"},
		{"%.30D", format.Output, 5, "at most 10"},
		{"%0m", format.Output, 3, "# 0"},
		{"%+s", format.Output, 3, "flags"},
		{"%0c", format.Output, 3, "flags"},
		{"%<sum8", format.Output, 2, "< without >"},
		{"%<sum9>", format.Output, 3, `unknown checksum "sum9"`},
		{"%(A)<sum>", format.Output, 1, "no value"},
		{"%*<sum>", format.Input, 3, "only the flags"},
		{"%/(/", format.Input, 3, "missing closing"},
		{"%.2/(a)/", format.Input, 5, "no sub-expression 2"},
		{"%/a", format.Input, 2, "second /"},
		{"%#/a/b/", format.Input, 3, "not supported"},
		{`A\xg`, format.Output, 2, "hexadecimal"},
		{`A\400`, format.Output, 2, "more than a byte"},
		{`A\0777`, format.Output, 2, "more than a byte"},
		{`A\`, format.Output, 2, `nothing after \`},
		{strings.Repeat("x", format.MaxLength+1), format.Output, format.MaxLength + 1, "at most"},
		{strings.Repeat("%d", format.MaxConverters+1), format.Output, 2*format.MaxConverters + 1, "converters"},
		{"%/" + strings.Repeat("x", format.MaxRegexp+1) + "/", format.Input, 3, "at most"},
	} {
		_, err := format.Compile(test.format, test.dir)
		var syntax *format.SyntaxError
		if !errors.As(err, &syntax) || syntax.Column != test.column || !strings.Contains(syntax.Reason, test.reason) {
			t.Errorf("%v %.40q: %v; want column %d, …%s…", test.dir, test.format, err, test.column, test.reason)
		}
	}
}

func TestConverters(t *testing.T) {
	f := format.MustCompile("T=%f H=%(H)5d%*s %#{a=3|b}%<sum>%=x%c", format.Input)
	want := []format.Converter{
		{Source: "%f", Column: 3, Verb: 'f', Kind: format.Double},
		{Source: "%(H)5d", Column: 8, Verb: 'd', Kind: format.Long, Name: "H"},
		{Source: "%*s", Column: 14, Verb: 's', Kind: format.String, Skip: true},
		{Source: "%#{a=3|b}", Column: 18, Verb: '{', Kind: format.Enum, Choices: []format.EnumChoice{{Text: "a", Value: 3}, {Text: "b", Value: 4}}},
		{Source: "%=x", Column: 33, Verb: 'x', Kind: format.Long, Compare: true},
		{Source: "%c", Column: 36, Verb: 'c', Kind: format.String},
	}
	if diff := cmp.Diff(want, f.Converters()); diff != "" {
		t.Error(diff)
	}
	if f.Args() != 5 {
		t.Errorf("%d args, want 5", f.Args())
	}
	if k := format.MustCompile("%c", format.Output).Converters()[0].Kind; k != format.Long {
		t.Errorf("%%c in output is %v, want long", k)
	}
}

func TestPrefix(t *testing.T) {
	for _, test := range []struct {
		format, prefix, src string
		has                 bool
	}{
		{"VOLT %f", "VOLT ", "VOLT x", true},
		{"VOLT %f", "VOLT ", "VOLT", false},
		{"VOLT?", "VOLT?", "VOLT?", true},
		{`A\x42%%\_C`, "AB%", "AB%C", true},
		{"%d", "", "anything", true},
		{"", "", "", true},
	} {
		f := format.MustCompile(test.format, format.Output)
		if f.Prefix() != test.prefix || f.HasPrefix([]byte(test.src)) != test.has {
			t.Errorf("%q: prefix %q, in %q %v", test.format, f.Prefix(), test.src, !test.has)
		}
	}
}

// TestChecksums compares with the check values in StreamDevice's table.
func TestChecksums(t *testing.T) {
	for name, want := range map[string]string{
		"sum": "DD", "sum8": "DD", "sum16": "01DD", "sum32": "000001DD",
		"nsum": "23", "negsum": "23", "-sum": "23", "nsum8": "23", "negsum8": "23", "-sum8": "23",
		"nsum16": "FE23", "negsum16": "FE23", "-sum16": "FE23",
		"nsum32": "FFFFFE23", "negsum32": "FFFFFE23", "-sum32": "FFFFFE23",
		"notsum": "22", "~sum": "22",
		"xor": "31", "xor8": "31", "xor8ff": "CE", "xor7": "31",
		"crc8": "F4", "ccitt8": "A1",
		"crc16": "FEE8", "crc16r": "BB3D", "modbus": "4B37",
		"ccitt16": "29B1", "ccitt16a": "E5CC", "ccitt16x": "31C3", "crc16c": "31C3", "xmodem": "31C3",
		"crc32": "FC891918", "crc32r": "CBF43926", "jamcrc": "340BC6D9", "adler32": "091E01DE",
		"hexsum8": "2D", "lrc": "23", "hexlrc": "A7", "cpi": "7E", "leybold": "22", "brksCryo": "4A",
		"bitsum": "21", "bitsum8": "21", "bitsum16": "0021", "bitsum32": "00000021",
		"hv_mps": "63", "Sum8": "DD", "CPI": "7E",
	} {
		for _, dir := range []format.Direction{format.Output, format.Input} {
			f, err := format.Compile("123456789%0<"+name+">", dir)
			if err != nil {
				t.Error(err)
				continue
			}
			got, err := f.Append(nil)
			if string(got) != "123456789"+want || err != nil {
				t.Errorf("%s: %q, %v; want %s", name, got, err, want)
			}
			if err := f.ScanAll([]byte("123456789"+strings.ToLower(want)), nil); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, name := range []string{"", "nxor", "negcrc8", "-", "n", "summ"} {
		if _, err := format.Compile("%<"+name+">", format.Output); err == nil {
			t.Errorf("checksum %q compiles", name)
		}
	}
}

func TestUnescape(t *testing.T) {
	for text, want := range map[string]string{
		`\r\n`: "\r\n", `\x0d\0012\10`: "\r\n\n", "": "", "%": "%", `\x0`: "\x00", `\x0D0`: "\r0", `\\`: `\`,
	} {
		if got, err := format.Unescape(text); string(got) != want || err != nil {
			t.Errorf("Unescape(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{`\`, `a\x`, `\256`, `\?`, `\_`} {
		if got, err := format.Unescape(text); !errors.As(err, new(*format.SyntaxError)) {
			t.Errorf("Unescape(%q) = %q, %v; want a SyntaxError", text, got, err)
		}
	}
}

func TestQuote(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	quoted := format.Quote(all)
	if back, err := format.Unescape(quoted[1 : len(quoted)-1]); string(back) != string(all) || err != nil {
		t.Errorf("Unescape of %s = %q, %v", quoted, back, err)
	}
	if got := format.Quote([]byte("a\r\n\t\x1b\x00\"\\\xff")); got != `"a\r\n\t\e\x00\"\\\xFF"` {
		t.Errorf("got %s", got)
	}
}

func TestLeyboldAvoidsControlCharacters(t *testing.T) {
	f := format.MustCompile(`\xf0%0<leybold>`, format.Output)
	if got, err := f.Append(nil); string(got) != "\xf02F" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestErrorTexts(t *testing.T) {
	volt := format.MustCompile("VOLT %.2D", format.Output)
	_, syntax := format.Compile("50%", format.Output)
	_, value := volt.Append(nil, format.Int(-5))
	_, args := volt.Append(nil)
	for want, err := range map[string]error{
		`format "50%": column 4: format ends in a converter, expected one of feEgGdiuoxXsc[{bBrRDm/<, or %% for a percent sign`: syntax,
		`cannot print value -5 with %.2D: negative, and the converter has no flag + for a sign`:                                 value,
		`format has 1 values, 0 given`:                                  args,
		`input too short: at byte 2 expected "VOLT "`:                   volt.ScanAll([]byte("VO"), make([]format.Arg, 1)),
		`input does not match: at byte 1 expected "VOLT "`:              volt.ScanAll([]byte("VX"), make([]format.Arg, 1)),
		`input does not match: at byte 6 expected the end of the input`: volt.ScanAll([]byte("VOLT \x125"), make([]format.Arg, 1)),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestArg(t *testing.T) {
	for _, test := range []struct {
		arg  format.Arg
		i    int64
		f    float64
		text string
		s    string
	}{
		{format.Float(2.5), 3, 2.5, "", "2.5"},
		{format.Float(-2.5), -3, -2.5, "", "-2.5"},
		{format.Float(1e30), 1<<63 - 1, 1e30, "", "1e+30"},
		{format.Float(-1e30), -1 << 63, -1e30, "", "-1e+30"},
		{format.Int(-7), -7, -7, "", "-7"},
		{format.Choice(2), 2, 2, "", "2"},
		{format.Text("a\n"), 0, 0, "a\n", `"a\n"`},
		{format.Arg{}, 0, 0, "", "none"},
	} {
		if a := test.arg; a.Int() != test.i || a.Float() != test.f || a.Text() != test.text || a.String() != test.s {
			t.Errorf("%v: %d %g %q", a, a.Int(), a.Float(), a.Text())
		}
	}
}
