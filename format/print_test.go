package format_test

import (
	"bufio"
	"errors"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/format"
)

// TestPrintf compares numbers with what a C library printed.
func TestPrintf(t *testing.T) {
	file, err := os.Open("testdata/printf.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, bad := 0, 0
	for lines := bufio.NewScanner(file); lines.Scan(); rows++ {
		col := strings.Split(lines.Text(), "\t")
		var arg format.Arg
		if i, err := strconv.ParseInt(col[1], 10, 64); err == nil {
			arg = format.Int(i)
		} else if f, err := strconv.ParseFloat(col[1], 64); err == nil {
			arg = format.Float(f)
		} else {
			t.Fatalf("row %d: %v", rows, err)
		}
		got, err := format.MustCompile(col[0], format.Output).Append(nil, arg)
		if `"`+string(got)+`"` != col[2] || err != nil {
			t.Errorf("%s of %s = %q, %v; C prints %s", col[0], col[1], got, err, col[2])
			if bad++; bad > 20 {
				t.FailNow()
			}
		}
	}
	if rows < 4000 {
		t.Errorf("only %d rows read", rows)
	}
}

func TestAppend(t *testing.T) {
	f, i, s, c := format.Float, format.Int, format.Text, format.Choice
	for _, test := range []struct {
		format string
		dir    format.Direction
		args   []format.Arg
		want   string
	}{
		{"VOLT %.3f", format.Output, []format.Arg{f(12)}, "VOLT 12.000"},
		{"VOLT %.3f", format.Output, []format.Arg{i(12)}, "VOLT 12.000"},
		{"OUTP %d", format.Output, []format.Arg{f(0.6)}, "OUTP 1"},
		{"%d%%\\r\\n", format.Output, []format.Arg{i(5)}, "5%\r\n"},
		{`\x41\0102\67\e\a\b\t\\\%\"`, format.Output, nil, "ABC\x1b\a\b\t\\%\""},
		{`A\_B\?C`, format.Output, nil, "A BC"},
		{`A\_B\?C`, format.Input, nil, "A B?C"},
		{"%2x %4X", format.Output, []format.Arg{i(0x1234), i(-1)}, "34 FFFF"},
		{"%s|%5s|%-5s|%.2s|%05s", format.Output, []format.Arg{s("ab"), s("ab"), s("ab"), s("abc"), s("ab")}, "ab|   ab|ab   |ab|\x00\x00\x00ab"},
		{"%c%3c%-3c", format.Output, []format.Arg{i(65), i(66), s("C")}, "A  BC  "},
		{"%(EGU)s %(A.PREC)d", format.Output, []format.Arg{s("V"), i(3)}, "V 3"},
		{"%{OFF|STANDBY|ON}", format.Output, []format.Arg{c(1)}, "STANDBY"},
		{"%{OFF|ON}", format.Output, []format.Arg{f(1)}, "ON"},
		{"%#{neg=-1|stop|pos|fast=10|rewind=-0x0a}", format.Output, []format.Arg{c(-10)}, "rewind"},
		{"%#{neg=-1|stop|pos}", format.Output, []format.Arg{c(1)}, "pos"},
		{"%#{a|b=?}", format.Output, []format.Arg{c(77)}, "b"},
		{`%#{a\=b\|c\}\x21|d}`, format.Output, []format.Arg{c(0)}, "a=b|c}!"},
		{"%b", format.Output, []format.Arg{i(10)}, "1010"},
		{"%b", format.Output, []format.Arg{i(0)}, "0"},
		{"%08b|%8b|%-8b|%.6b|%08.6b", format.Output, []format.Arg{i(5), i(5), i(5), i(5), i(5)}, "00000101|     101|101     |000101|00000101"},
		{`%B.!%#B\x00\xff`, format.Output, []format.Arg{i(5), i(1)}, "!.!\xff"},
		{"%#-08b|%#6b", format.Output, []format.Arg{i(6), i(6)}, "01100000|   011"},
		{"%r%.2r%#.2r%.4r", format.Output, []format.Arg{i(0x141), i(0x4243), i(0x4443), i(-2)}, "ABCCD\xff\xff\xff\xfe"},
		{"%4r%04r%#4.2r", format.Output, []format.Arg{i(-1), i(255), i(-2)}, "\xff\xff\xff\xff\x00\x00\x00\xff\xfe\xff\xff\xff"},
		{"%2r", format.Input, []format.Arg{i(0x4142)}, "AB"},
		{"%R%#4R%8R", format.Output, []format.Arg{f(1), f(1), f(1)}, "\x3f\x80\x00\x00\x00\x00\x80\x3f\x3f\xf0\x00\x00\x00\x00\x00\x00"},
		{"%.4D%#.4D%+.3D%3.2D", format.Output, []format.Arg{i(1234), i(1234), i(-123), i(99)}, "\x12\x34\x34\x12\xf1\x23\x00\x00\x99"},
		{"%.3m|%m|%+8.2m|%-8.2m|% .2m", format.Output, []format.Arg{f(0.123), f(0), f(1e9), f(-1e9), f(1)}, "123-03|000000+00|  +10+08|-10+08  | 10-01"},
		{"abcdefg%<xor>%<sum8>", format.Output, nil, "abcdefg\x60\x1c"},
		{"abcdefg%2.1<xor>", format.Output, nil, "abcdefg\x04"},
		{"123456789%0<crc16>", format.Output, nil, "123456789FEE8"},
		{"123456789%#0<crc16>", format.Output, nil, "123456789E8FE"},
		{"123456789%-<crc16>", format.Output, nil, "123456789\x3f\x3e\x3e\x38"},
		{"123456789%+<sum>", format.Output, nil, "123456789221"},
		{"123456789%+<crc16>", format.Output, nil, "12345678965256"},
		{"123456789%+<sum32>", format.Output, nil, "1234567890000000477"},
		// What a simulated instrument answers.
		{"%f %e %g", format.Input, []format.Arg{f(1.5), f(1e-9), f(100)}, "1.5 1e-09 100"},
		{"%f", format.Input, []format.Arg{f(1e300)}, "1e+300"},
		{"%.2f", format.Input, []format.Arg{f(1.005)}, "1.00"},
		{"%5f", format.Input, []format.Arg{f(-1.23456)}, "-1.23"},
		{"%3d%3d", format.Input, []format.Arg{i(7), i(-7)}, "007-07"},
		{"@%*3dACK%e;FF", format.Input, []format.Arg{f(1.5e-9)}, "@000ACK1.5e-09;FF"},
		{"%*s %*c%*[A-Z]%*{a|b}%*f%*3r", format.Input, nil, "- -Aa0\x00\x00\x00"},
		{"%/[a-z]+/", format.Input, []format.Arg{s("abc")}, "abc"},
	} {
		got, err := format.MustCompile(test.format, test.dir).Append([]byte("keep"), test.args...)
		if string(got) != "keep"+test.want || err != nil {
			t.Errorf("%v %q: got %q, %v; want %q", test.dir, test.format, got, err, "keep"+test.want)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	f, i, s := format.Float, format.Int, format.Text
	for _, test := range []struct {
		format string
		dir    format.Direction
		arg    format.Arg
	}{
		{"%d", format.Output, f(math.NaN())},
		{"%d", format.Output, f(1e19)},
		{"%d", format.Output, s("1")},
		{"%f", format.Output, s("1")},
		{"%s", format.Output, i(1)},
		{"%s", format.Output, format.Arg{}},
		{"%c", format.Output, s("ab")},
		{"%{a|b}", format.Output, i(2)},
		{"%.2D", format.Output, i(100)},
		{"%.2D", format.Output, i(-1)},
		{"%m", format.Output, f(math.Inf(1))},
		{"%3d", format.Input, i(1234)},
		{"%3f", format.Input, f(12345)},
		{"%u", format.Input, i(-1)},
		{"%r", format.Input, i(200)},
		{"%s", format.Input, s("two words")},
		{"%#s", format.Input, s(" word")},
		{"%3s", format.Input, s("word")},
		{"%!5s", format.Input, s("word")},
		{"%c", format.Input, s("ab")},
		{"%[a-z]", format.Input, s("aB")},
		{"%/[a-z]+/", format.Input, s("abC")},
		{"%2b", format.Input, i(4)},
	} {
		got, err := format.MustCompile("x"+test.format, test.dir).Append([]byte("keep"), test.arg)
		var value *format.ValueError
		if !errors.As(err, &value) || string(got) != "keep" {
			t.Errorf("%v %s of %v: got %q, %v; want a ValueError", test.dir, test.format, test.arg, got, err)
		}
	}
	var args *format.ArgsError
	if _, err := format.MustCompile("%d", format.Output).Append(nil); !errors.As(err, &args) || args.Want != 1 {
		t.Errorf("no value for %%d: %v", err)
	}
}
