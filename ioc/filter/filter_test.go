package filter

import (
	"errors"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/pv"
)

// TestLimits: what has no bounds in base has some here.
func TestLimits(t *testing.T) {
	wave := Source{Kind: pv.Int32, Count: 10}
	nested := func(depth int) string {
		return "{arr:" + strings.Repeat("{s:", depth-1) + "{}" + strings.Repeat("}", depth)
	}
	many := func(n int) string { return "{" + strings.Repeat("arr:{},", n) + "}" }
	long := func(n int) string { return "{arr:{}" + strings.Repeat(" ", n-8) + "}" }
	for _, tt := range []struct {
		what string
		text string
		ok   bool
	}{
		{"deepest", nested(maxDepth), true},
		{"too deep", nested(maxDepth + 1), false},
		{"most", many(maxFilters), true},
		{"too many", many(maxFilters + 1), false},
		{"longest", long(maxText), true},
		{"too long", long(maxText + 1), false},
	} {
		_, err := Open(tt.text, wave, nil)
		var e *Error
		if (err == nil) != tt.ok || err != nil && !errors.As(err, &e) {
			t.Errorf("%s: %v", tt.what, err)
		}
		if err != nil && len(err.Error()) > 300 {
			t.Errorf("%s: an error of %d bytes", tt.what, len(err.Error()))
		}
	}
}

// TestStatesMissing: without states no channel can name one.
func TestStatesMissing(t *testing.T) {
	if c, err := Open("{sync:{while:'red'}}", Source{Kind: pv.Float64, Count: 1}, nil); err == nil {
		t.Errorf("%+v", c)
	}
}

// TestTextTime: the microseconds of a time stamp as text are rounded, but not into the
// next second (measured: epicsTimeToStrftime).
func TestTextTime(t *testing.T) {
	for nsec, want := range map[uint32]string{
		0: ".000000", 499: ".000000", 500: ".000001", 1500: ".000002", 999_999_499: ".999999", 999_999_500: ".999999", 999_999_999: ".999999",
	} {
		text := tsText("epics").convert(pv.Sample{Time: pv.Stamp{Sec: 1e9, Nsec: nsec}}).Str()
		if !strings.HasSuffix(text, want) {
			t.Errorf("%d ns: %s, want %s", nsec, text, want)
		}
	}
}

// TestSources: what a filter does to kinds of values for which nothing is recorded.
func TestSources(t *testing.T) {
	for _, tt := range []struct {
		text  string
		from  Source
		value pv.Value
		want  pv.Value
	}{
		{"[0:2:4]", Source{Kind: pv.Enum, Count: 5}, pv.EnumArrayValue([]uint16{1, 2, 3, 4, 5}), pv.EnumArrayValue([]uint16{1, 3, 5})},
		{"[1:2:4]", Source{Kind: pv.String, Count: 5}, pv.ArrayValue([]string{"a", "b", "c", "d"}), pv.ArrayValue([]string{"b", "d"})},
		{"[1:3:]", Source{Kind: pv.Int8, Count: 5}, pv.ArrayValue([]int8{1, 2, 3, 4, 5}), pv.ArrayValue([]int8{2, 5})},
		{"[1]", Source{Kind: pv.Float32, Count: 5}, pv.ArrayValue([]float32{1}), pv.ArrayValue([]float32{})},
		{"[-2:-1]", Source{Kind: pv.Uint64, Count: 5}, pv.ArrayValue([]uint64{1}), pv.ArrayValue([]uint64{1})},
		{"{arr:{s:1},arr:{s:1}}", Source{Kind: pv.Int16, Count: 5}, pv.ArrayValue([]int16{1, 2, 3}), pv.ArrayValue([]int16{3})},
		{"[0:1]", Source{Kind: pv.Float64, Count: 1}, pv.Float64Value(4), pv.Float64Value(4)},
	} {
		c, err := Open(tt.text, tt.from, nil)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if got := c.Read(pv.Sample{Value: tt.value}).Value; !got.Equal(tt.want) {
			t.Errorf("%s of %v: %v, want %v", tt.text, tt.value, got, tt.want)
		}
	}
}

// TestNilChain: a channel without filters has a nil Chain and a nil Monitor, which
// change nothing.
func TestNilChain(t *testing.T) {
	for _, text := range []string{"", "{}", "{ } "} {
		c, err := Open(text, Source{Kind: pv.Float64, Count: 1}, nil)
		if c != nil || err != nil {
			t.Fatalf("%q: %v, %v", text, c, err)
		}
	}
	var c *Chain
	if c.String() != "" {
		t.Errorf("text %q", c.String())
	}
	s := pv.Sample{Value: pv.Float64Value(2), Time: pv.Stamp{Sec: 3}}
	passed, ok := c.Monitor().Pass(s, pv.EventValue, 0)
	info := &pv.Info{Units: "V"}
	for _, got := range []pv.Sample{passed, c.Read(s), c.Monitor().Chain().Convert(s)} {
		if !ok || !got.Value.Equal(s.Value) || got.Time != s.Time || c.Info(info) != info {
			t.Errorf("%v: %+v, want %+v", ok, got, s)
		}
	}
}
