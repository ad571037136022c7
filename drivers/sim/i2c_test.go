package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/bus"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/i2c"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/pv"
)

// chips are an ADC, whose addresses count words, and an expander, whose addresses count
// bytes.
func chips() i2c.Options {
	return i2c.Options{Devices: []i2c.Device{
		{
			Address: 0x48,
			Map: bus.Map{Init: []bus.Setting{{At: 1, Data: []byte{0xC3, 0x83}}}, Registers: []bus.Register{
				{At: 0, Type: bus.Int16, Scale: 0.000125},
				{At: 1, Type: bus.Uint16},
				{At: 2, Type: bus.Int16, Scale: 0.5, Offset: -10, Write: true},
			}},
		},
		{
			Address: 0x20,
			Map: bus.Map{Block: true, Order: bus.LittleEndian, Registers: []bus.Register{
				{At: 0, Type: bus.Uint8, Mask: 0x0F, Write: true},
				{At: 0, Type: bus.Uint8, Mask: 0xF0, Shift: 4, Write: true},
				{At: 1, Type: bus.Float32, Write: true},
				{At: 5, Type: bus.Uint16},
			}},
		},
	}}
}

func TestI2C(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := chips()
		wires, err := sim.NewI2C(o, sim.BusOptions{Values: map[sim.ValueID]sim.ValueOptions{
			{Device: 0, Index: 0}: {Name: "LEVEL", Expression: "LIMIT / 10 + ramp(0, 1, 10s)"},
			{Device: 0, Index: 2}: {Name: "LIMIT"},
			{Device: 1, Index: 3}: {Name: "N", Expression: "elapsed()"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		o.OpenBus = wires.Open
		d := driverstest.Open(t, i2c.New, o)
		read := func(i int, want float64) {
			t.Helper()
			c := d.Channels()[i].(drivers.Reader)
			v, err := c.Read(t.Context())
			if diff := v.Float64() - want; err != nil || diff > 1e-4 || diff < -1e-4 {
				t.Errorf("%s is %v, %v; want %v", c.Name(), v.Float64(), err, want)
			}
		}
		write := func(i int, x float64) {
			t.Helper()
			if err := d.Channels()[i].(drivers.Writer).Write(t.Context(), pv.Float64Value(x)); err != nil {
				t.Error(err)
			}
		}
		read(1, 0xC383)
		write(2, 5)
		read(2, 5)
		read(1, 0xC383) // not overwritten by its neighbour
		read(0, 0.5)
		write(3, 9)
		write(4, 6)
		write(5, 2.5)
		read(3, 9)
		read(4, 6)
		read(5, 2.5)
		read(6, 0)
		time.Sleep(5 * time.Second)
		read(0, 1)
		read(6, 5)
		if err := wires.Set(sim.ValueID{Device: 0, Index: 2}, 20); err != nil {
			t.Error(err)
		}
		read(2, 20)
		read(0, 2.5)

		time.Sleep(time.Second) // until the driver asks again
		wires.SetFault(1, sim.NACK)
		_, err = d.Channels()[3].(drivers.Reader).Read(t.Context())
		if a := drivers.AlarmOf(err, 0); a.Status != pv.StatusComm || drivers.IsLost(err) {
			t.Errorf("absent chip: %v, want COMM of the channel alone", err)
		}
		read(2, 20)
		wires.SetFault(1, sim.NoFault)
		time.Sleep(5 * time.Second)
		read(3, 0) // it has been without power
	})
}

func TestBadI2C(t *testing.T) {
	for _, c := range []struct {
		registers map[sim.ValueID]sim.ValueOptions
		want      string
	}{
		{map[sim.ValueID]sim.ValueOptions{{}: {Expression: "1 +"}}, "0x48: value 0: sim: "},
		{map[sim.ValueID]sim.ValueOptions{{Device: 2}: {Expression: "1"}}, "no device has it"},
		{map[sim.ValueID]sim.ValueOptions{
			{}: {Name: "A", Expression: "B"}, {Device: 0, Index: 1}: {Name: "B", Expression: "A"},
		}, "follow from each other"},
	} {
		if _, err := sim.NewI2C(chips(), sim.BusOptions{Values: c.registers}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want %q", c.registers, err, c.want)
		}
	}
	bad := i2c.Options{Devices: []i2c.Device{{Address: 0x48, Map: bus.Map{Registers: []bus.Register{{Type: 99}}}}}}
	if _, err := sim.NewI2C(bad, sim.BusOptions{}); err == nil {
		t.Error("register of no type: no error")
	}
	wires, err := sim.NewI2C(chips(), sim.BusOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := wires.Set(sim.ValueID{Device: 0, Index: 9}, 0); err == nil {
		t.Error("Set of no register: no error")
	}
	if err := wires.Tx(0x10, []byte{0}, nil); err == nil {
		t.Error("transaction with no chip: no error")
	}
}

// A device without power does not answer, has forgotten everything when it is back, and
// does not hold the bus any more; whatever else is wrong with it stays.
func TestPower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := sim.NewI2C(i2c.Options{Bus: "1", Devices: []i2c.Device{{Address: 0x48, Map: bus.Map{Registers: []bus.Register{{At: 1, Write: true}}}}}}, sim.BusOptions{})
		if err != nil {
			t.Fatal(err)
		}
		read := func() string {
			r := make([]byte, 1)
			err := b.Tx(0x48, []byte{1}, r)
			return fmt.Sprint(r[0], " ", err)
		}
		set := func() {
			t.Helper()
			if err := b.Tx(0x48, []byte{1, 7}, nil); err != nil {
				t.Fatal(err)
			}
		}
		is := func(when, want string) {
			t.Helper()
			if got := read(); got != want {
				t.Errorf("%s: %s, want %s", when, got, want)
			}
		}
		set()
		if b.Power(0, true) {
			t.Error("nothing to cure")
		}
		is("it had power", "7 <nil>")
		b.Power(0, false)
		is("off", "0 remote I/O error")
		b.Power(0, true)
		is("on", "0 <nil>")

		set()
		b.SetFault(0, sim.Stuck)
		is("stuck", "0 connection timed out")
		b.Power(0, false)
		is("off", "0 remote I/O error")
		if !b.Power(0, true) {
			t.Error("not cured")
		}
		is("cured", "0 <nil>")

		b.SetFault(0, sim.NACK)
		b.Power(0, false)
		if b.Power(0, true) {
			t.Error("a dead device is cured")
		}
		is("dead", "0 remote I/O error")
	})
}
