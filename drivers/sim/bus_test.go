package sim_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/i2c"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/pv"
)

// chips are an ADC, whose addresses count words, and an expander, whose addresses count
// bytes.
func chips() i2c.Options {
	return i2c.Options{Devices: []i2c.Device{
		{
			Address: 0x48, Init: []i2c.Setting{{At: 1, Data: []byte{0xC3, 0x83}}},
			Registers: []i2c.Register{
				{At: 0, Type: i2c.Int16, Scale: 0.000125},
				{At: 1, Type: i2c.Uint16},
				{At: 2, Type: i2c.Int16, Scale: 0.5, Offset: -10, Write: true},
			},
		},
		{
			Address: 0x20, Block: true, Order: i2c.LittleEndian,
			Registers: []i2c.Register{
				{At: 0, Type: i2c.Uint8, Mask: 0x0F, Write: true},
				{At: 0, Type: i2c.Uint8, Mask: 0xF0, Shift: 4, Write: true},
				{At: 1, Type: i2c.Float32, Write: true},
				{At: 5, Type: i2c.Uint16},
			},
		},
	}}
}

func TestBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := chips()
		bus, err := sim.NewBus(o, sim.BusOptions{Registers: map[sim.RegisterID]sim.RegisterOptions{
			{Address: 0x48, Index: 0}: {Name: "LEVEL", Expression: "LIMIT / 10 + ramp(0, 1, 10s)"},
			{Address: 0x48, Index: 2}: {Name: "LIMIT"},
			{Address: 0x20, Index: 3}: {Name: "N", Expression: "elapsed()"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		o.OpenBus = bus.Open
		d, err := i2c.New(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer d.Close()
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
		if err := bus.Set(sim.RegisterID{Address: 0x48, Index: 2}, 20); err != nil {
			t.Error(err)
		}
		read(2, 20)
		read(0, 2.5)

		time.Sleep(time.Second) // until the driver asks again
		bus.Absent(0x20, true)
		_, err = d.Channels()[3].(drivers.Reader).Read(t.Context())
		if a := drivers.AlarmOf(err, 0); a.Status != pv.StatusComm || drivers.IsLost(err) {
			t.Errorf("absent chip: %v, want COMM of the channel alone", err)
		}
		read(2, 20)
		bus.Absent(0x20, false)
		time.Sleep(time.Second)
		read(3, 9)
	})
}

func TestBadBus(t *testing.T) {
	for _, c := range []struct {
		registers map[sim.RegisterID]sim.RegisterOptions
		want      string
	}{
		{map[sim.RegisterID]sim.RegisterOptions{{Address: 0x48}: {Expression: "1 +"}}, "chip 0x48: register 0: sim: "},
		{map[sim.RegisterID]sim.RegisterOptions{{Address: 0x49}: {Expression: "1"}}, "chip 0x49: register 0: no device has it"},
		{map[sim.RegisterID]sim.RegisterOptions{
			{Address: 0x48}: {Name: "A", Expression: "B"}, {Address: 0x48, Index: 1}: {Name: "B", Expression: "A"},
		}, "follow from each other"},
	} {
		if _, err := sim.NewBus(chips(), sim.BusOptions{Registers: c.registers}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want %q", c.registers, err, c.want)
		}
	}
	bad := i2c.Options{Devices: []i2c.Device{{Address: 0x48, Registers: []i2c.Register{{Type: 99}}}}}
	if _, err := sim.NewBus(bad, sim.BusOptions{}); err == nil {
		t.Error("register of no type: no error")
	}
	bus, err := sim.NewBus(chips(), sim.BusOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := bus.Set(sim.RegisterID{Address: 0x48, Index: 9}, 0); err == nil {
		t.Error("Set of no register: no error")
	}
	if err := bus.Tx(0x10, []byte{0}, nil); err == nil {
		t.Error("transaction with no chip: no error")
	}
}
