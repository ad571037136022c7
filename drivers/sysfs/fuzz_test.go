package sysfs

import (
	"errors"
	"testing"

	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// FuzzText: whatever is in a file, it is a value or an error of ours.
func FuzzText(f *testing.F) {
	for _, text := range []string{"", "0", "21370\n", "-0x1F", "1e400", "nan", "_1", "0.5 0.6", "\x00", "[a] b", ScratchpadOf(21).Text(), PowerOn.Text()} {
		f.Add([]byte(text))
	}
	attributes := []Attribute{
		{},
		{Kind: pv.Int64},
		{Kind: pv.String},
		{Kind: pv.Enum},
		{Format: format.MustCompile("%*s %f", format.Input)},
		{Format: format.MustCompile("%{a|[a]}", format.Input), Kind: pv.Enum},
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for i := range attributes {
			v, err := attributes[i].parse(text)
			if (err == nil) != (v.Kind() != pv.Invalid) || err != nil && !errors.Is(err, errText) {
				t.Errorf("attribute %d: %q is %v %v", i, text, v, err)
			}
		}
		pad, err := parseScratchpad(text)
		switch {
		case err == nil && (pad.celsius() < minCelsius || pad.celsius() > maxCelsius || pad.bits() < 9 || pad.bits() > 12):
			t.Errorf("%q is %v °C with %d bits", text, pad.celsius(), pad.bits())
		case err != nil && !errors.Is(err, errSilent) && !errors.Is(err, errCRC) && !errors.Is(err, errShorted) && !errors.Is(err, errRange) && !errors.Is(err, errText):
			t.Errorf("%q: %v", text, err)
		}
		if err == nil {
			again, err := parseScratchpad([]byte(pad.Text()))
			if err != nil || again != pad {
				t.Errorf("% x becomes % x %v", pad, again, err)
			}
		}
	})
}
