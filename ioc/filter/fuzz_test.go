package filter

import (
	"errors"
	"testing"

	"github.com/ioclet/ioclet/pv"
)

// FuzzOpen: whatever a client writes either makes a chain that works, or is an *Error
// with a place in the text.
func FuzzOpen(f *testing.F) {
	for _, n := range softIocNames(f) {
		for i := range len(n.text) {
			if n.text[i] == '[' || n.text[i] == '{' {
				f.Add(n.text[i:])
				break
			}
		}
	}
	states := red()
	sources := []Source{
		{Kind: pv.Float64, Count: 1},
		{Kind: pv.Int32, Count: 10},
		{Kind: pv.String, Count: 5},
		{Kind: pv.Uint8, Count: 40, Long: true, Ended: true},
		{Kind: pv.Uint8, Count: 100, Long: true},
	}
	samples := []pv.Sample{
		{Value: pv.Float64Value(2)},
		{Value: pv.ArrayValue([]int32{1, 2, 3})},
		{Value: pv.ArrayValue([]string{"a", "b"})},
		{Value: pv.ArrayValue([]uint8{'a', 'b', 0})},
		{Value: pv.ArrayValue([]uint8{'a', 0})},
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i, from := range sources {
			c, err := Open(text, from, states)
			if err != nil {
				var e *Error
				if !errors.As(err, &e) || e.Text != text || e.Offset < 0 || e.Offset > len(text) || e.Error() == "" {
					t.Fatalf("%q: %v", text, err)
				}
				continue
			}
			m := c.Monitor()
			for range 3 {
				s, ok := m.Pass(samples[i], pv.EventValue, 1)
				if !ok {
					continue
				}
				if s = c.Convert(s); c != nil && (s.Value.Kind() != c.Kind() || s.Value.Len() > int(max(c.Count(), from.Count))) {
					t.Fatalf("%q: %v, for a channel of %d %v", text, s.Value, c.Count(), c.Kind())
				}
			}
			c.Read(samples[i])
		}
	})
}
