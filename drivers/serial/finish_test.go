package serial_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/pv"
)

// TestDone: a device is asked whether what a write began has ended.
func TestDone(t *testing.T) {
	answers := map[string]string{}
	peer := func(line string) string { return answers[line] }
	synctest.Test(t, func(t *testing.T) {
		p := open(t, serial.Options{Transport: answering(peer), Devices: []serial.Device{{Name: "STAGE", Channels: []serial.Channel{
			{Name: "POS", Write: "MA %d", Done: &serial.Done{
				Ask: "MS?", Reply: "%d", Until: []pv.Value{pv.Int64Value(0), pv.Int64Value(3)}, Every: 50 * time.Millisecond, Timeout: time.Second,
			}},
			{Name: "HOME", Write: "HOME", Done: &serial.Done{Ask: "STATE?", Reply: "%s", Until: []pv.Value{pv.StringValue("AT HOME")}}},
			{Name: "SPEED", Write: "SP %d"},
		}}}})
		for _, c := range []struct {
			name        string
			every, most time.Duration
		}{{"POS", 50 * time.Millisecond, time.Second}, {"HOME", 100 * time.Millisecond, time.Minute}, {"SPEED", 0, 0}} {
			if every, most := p.Channel("STAGE", c.name).(drivers.Finisher).Patience(); every != c.every || most != c.most {
				t.Errorf("%s is asked every %v for %v", c.name, every, most)
			}
		}
		for _, c := range []struct {
			name, ask, answer string
			want              bool
		}{
			{"POS", "MS?", "1\n", false},
			{"POS", "MS?", "0\n", true},
			{"POS", "MS?", "3\n", true},
			{"HOME", "STATE?", "MOVING\n", false},
			{"HOME", "STATE?", "AT HOME\n", true},
		} {
			answers[c.ask] = c.answer
			if done, err := p.Channel("STAGE", c.name).(drivers.Finisher).Finished(t.Context()); done != c.want || err != nil {
				t.Errorf("%s answers %q: %t, %v", c.ask, c.answer, done, err)
			}
		}
		answers["MS?"] = "E\n"
		_, err := p.Channel("STAGE", "POS").(drivers.Finisher).Finished(t.Context())
		wantFault(t, err, pv.StatusCalc, false, "STAGE:POS")
	})
}

// TestUrgent: a stop command does not wait until a device that does not answer is given
// another chance, or for a late answer.
func TestUrgent(t *testing.T) {
	var got []string
	peer := func(line string) string { got = append(got, line); return "" }
	synctest.Test(t, func(t *testing.T) {
		p := open(t, serial.Options{Transport: answering(peer), Devices: []serial.Device{{Name: "STAGE", Channels: []serial.Channel{
			{Name: "POS", Read: "P?", Reply: "%d"},
			{Name: "STOP", Write: "ST", Urgent: true},
			{Name: "GO", Write: "GO"},
		}}}})
		_, err := read(t, p, "STAGE", "POS")
		wantFault(t, err, pv.StatusTimeout, false, "")
		began := time.Now()
		if err := write(t, p, "STAGE", "STOP", pv.EnumValue(1)); err != nil || time.Since(began) > 0 {
			t.Errorf("stop: %v after %v", err, time.Since(began))
		}
		_, err = read(t, p, "STAGE", "POS")
		wantFault(t, err, pv.StatusTimeout, false, "")
		wantFault(t, write(t, p, "STAGE", "GO", pv.EnumValue(1)), pv.StatusTimeout, false, "asked less often")
		if err := write(t, p, "STAGE", "STOP", pv.EnumValue(1)); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if len(got) != 4 || got[1] != "ST" || got[3] != "ST" {
			t.Errorf("sent %q", got)
		}
	})
}
