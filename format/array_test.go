package format_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/format"
)

func scanned(t *testing.T, a *format.Array, text string, most int) ([]float64, error) {
	t.Helper()
	out := []float64{}
	err := a.Scan([]byte(text), most, func(x format.Arg) { out = append(out, x.Float()) })
	return out, err
}

// TestArray: only the converter with the value is repeated; what is printed is scanned.
func TestArray(t *testing.T) {
	for _, c := range []struct {
		text, separator string
		values          []float64
		want            string
	}{
		{"%d", ",", []float64{1, 2, 3}, "1,2,3"},
		{"%d", " ", []float64{1, -2}, "1 -2"},
		{"WAVE (%d);", ", ", []float64{1, 2}, "WAVE (1, 2);"},
		{"WAVE (%d);", ", ", []float64{}, "WAVE ();"},
		{"%d END", " ", []float64{7}, "7 END"},
		{"%02x", "", []float64{1, 255}, "01ff"},
		{"[%+.1f]", "|", []float64{1.5, -2}, "[+1.5|-2.0]"},
	} {
		a, err := format.MustCompile(c.text, format.Output).Array([]byte(c.separator))
		if err != nil {
			t.Fatal(err)
		}
		b, err := a.Append([]byte(">"), len(c.values), func(i int) (format.Arg, error) { return format.Float(c.values[i]), nil })
		if string(b) != ">"+c.want || err != nil {
			t.Errorf("%q of %v: %q, %v; want %q", c.text, c.values, b, err, c.want)
		}
		in, err := format.MustCompile(strings.ReplaceAll(c.text, "+.1", ""), format.Input).Array([]byte(c.separator))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []*format.Array{a, in} {
			if f == a && c.separator == "" {
				continue // as many digits as there are
			}
			if got, err := scanned(t, f, c.want, 3); err != nil || !cmp.Equal(got, c.values) {
				t.Errorf("%q scans %q: %v, %v; want %v", c.text, c.want, got, err, c.values)
			}
		}
	}
}

func TestArrayErrors(t *testing.T) {
	for _, text := range []string{"none", "%d %d", "%d%<sum>", "%*d"} {
		if _, err := format.MustCompile(text, format.Input).Array([]byte(",")); err == nil {
			t.Errorf("%q is the line of an array", text)
		}
	}
	a, err := format.MustCompile("A %d;", format.Input).Array([]byte(", "))
	if err != nil {
		t.Fatal(err)
	}
	for text, offset := range map[string]int{"B 1;": 0, "A 1, 2, 3;": 6, "A 1; 2;": 3, "A 1, x": 5, "A 1": 3, "A ": 2} {
		_, err := scanned(t, a, text, 2)
		var se *format.ScanError
		if !errors.As(err, &se) || se.Offset != offset {
			t.Errorf("%q: %v, want an error at %d", text, err, offset)
		}
	}
	bad := errors.New("no")
	if b, err := a.Append([]byte("x"), 2, func(int) (format.Arg, error) { return format.Arg{}, bad }); string(b) != "x" || !errors.Is(err, bad) {
		t.Errorf("Append: %q, %v", b, err)
	}
}

// FuzzArray: whatever comes, the elements that are scanned are no more than allowed, and
// errors are ScanErrors.
func FuzzArray(f *testing.F) {
	for _, s := range []string{"WAVE (1, 2);", "WAVE ();", "WAVE (1,", "", "WAVE (1 , 2)x"} {
		f.Add([]byte(s))
	}
	a, err := format.MustCompile("WAVE (%f);", format.Input).Array([]byte(" ,"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		n := 0
		err := a.Scan(src, 5, func(format.Arg) { n++ })
		var se *format.ScanError
		if n > 5 || err != nil && !errors.As(err, &se) {
			t.Errorf("%q: %d elements, %v", src, n, err)
		}
	})
}

func ExampleArray() {
	a, err := format.MustCompile("WAVE (%.1f)", format.Output).Array([]byte(", "))
	if err != nil {
		panic(err)
	}
	values := []float64{1, 2.5}
	b, err := a.Append(nil, len(values), func(i int) (format.Arg, error) { return format.Float(values[i]), nil })
	fmt.Println(string(b), err)
	// Output: WAVE (1.0, 2.5) <nil>
}
