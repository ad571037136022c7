package serial_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ioclet/ioclet/drivers/serial"
)

func TestCountersAndTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := open(t, serial.Options{Transport: answering(func(string) string { return "1.5\n" }), Devices: []serial.Device{psu}})
		if _, err := read(t, p, "PS", "VOLT"); err != nil {
			t.Fatal(err)
		}
		got := map[string]uint64{}
		for _, c := range p.Counters() {
			got[c.Name] = c.Read()
			if len(c.Desc) == 0 || len(c.Desc) > 40 {
				t.Errorf("%s: %q has %d bytes", c.Name, c.Desc, len(c.Desc))
			}
		}
		if got["BYTES:OUT"] != 6 || got["BYTES:IN"] != 4 || got["COMMANDS"] != 1 || got["TIMEOUTS"] != 0 {
			t.Errorf("counters %v", got)
		}
		last := p.Trace().Last()
		if len(last) != 2 || !strings.HasSuffix(last[0].String(), ` > PS "VOLT?\n"`) || !strings.HasSuffix(last[1].String(), ` < PS "1.5"`) {
			t.Errorf("trace %v", last)
		}
		if p.Present() {
			t.Error("a function is present: how can that be told?")
		}
	})
}
