package sim_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	periph "periph.io/x/conn/v3/spi"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/bus"
	"github.com/ioclet/ioclet/drivers/chip"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/i2c"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/drivers/spi"
	"github.com/ioclet/ioclet/pv"
)

func TestSPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registers := []bus.Register{{At: 1, Type: bus.Int16, Scale: 0.1}, {At: 0x10, Mask: 0x0F, Write: true}}
		o := spi.Options{Devices: []spi.Device{
			{CS: 0, Map: bus.Map{ReadBits: 0x80, Identity: &bus.Condition{At: 0x0F, Want: []byte{0x33}}, Registers: registers}},
			{CS: 1, Mode: periph.HalfDuplex, Map: bus.Map{WriteBits: 0x40, Block: true, Registers: registers}},
			{CS: 2, Map: bus.Map{Exchange: true, Registers: []bus.Register{
				{At: 0x018000, Type: bus.Uint24, Mask: 0x3FF}, {At: 0x019000, Type: bus.Uint24, Mask: 0x3FF}, {At: 0x3000, Type: bus.Uint16, Mask: 0xFFF, Write: true},
			}}},
		}}
		wires, err := sim.NewSPI(o, sim.BusOptions{Values: map[sim.ValueID]sim.ValueOptions{
			{Device: 0, Index: 0}: {Name: "A", Expression: "B + 0.5"},
			{Device: 0, Index: 1}: {Name: "B"},
			{Device: 2, Index: 1}: {Name: "CH1", Expression: "1 + DAC"},
			{Device: 2, Index: 2}: {Name: "DAC"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		o.OpenPort = wires.Open
		d := driverstest.Open(t, spi.New, o)
		read := func(device, i int, want float64) {
			t.Helper()
			v, err := d.Channel(device, i).(drivers.Reader).Read(t.Context())
			if err != nil || math.Abs(v.Float64()-want) > 1e-9 {
				t.Errorf("%d, %d is %v, %v; want %v", device, i, v.Float64(), err, want)
			}
		}
		write := func(device, i int, x float64) {
			t.Helper()
			if err := d.Channel(device, i).(drivers.Writer).Write(t.Context(), pv.Float64Value(x)); err != nil {
				t.Error(err)
			}
		}
		write(0, 1, 3)
		read(0, 1, 3)
		read(0, 0, 3.5)
		write(1, 1, 4)
		read(1, 1, 4)
		read(0, 1, 3) // another chip
		write(2, 2, 1000)
		read(2, 1, 1001)
		read(2, 0, 0)

		wires.SetFault(2, sim.NACK) // nobody drives the wire
		time.Sleep(time.Second)
		read(2, 0, 0x3FF)
		wires.SetFault(0, sim.NACK)
		time.Sleep(time.Second)
		_, err = d.Channel(0, 0).(drivers.Reader).Read(t.Context())
		if a := drivers.AlarmOf(err, 0); a.Status != pv.StatusComm {
			t.Errorf("a chip that is gone, but has an identity: %v", err)
		}
		if _, err := wires.Open(9); err == nil {
			t.Error("a port without a device")
		}
	})
}

// A chip's twin measures what an expression says, and its own power is switched.
func TestTwinOnABus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, err := chip.Find("lm75")
		if err != nil {
			t.Fatal(err)
		}
		settings := chip.Settings{"resolution": {"11"}}
		c, err := m.New(chip.OnI2C, settings)
		if err != nil {
			t.Fatal(err)
		}
		o := i2c.Options{Devices: []i2c.Device{{Address: 0x48, Chip: c}}}
		if _, err := sim.NewI2C(o, sim.BusOptions{}); err == nil {
			t.Error("a chip without a twin")
		}
		wires, err := sim.NewI2C(o, sim.BusOptions{
			Twins:  map[int]chip.Twin{0: m.Twin(chip.OnI2C, settings)},
			Values: map[sim.ValueID]sim.ValueOptions{{}: {Name: "TEMP", Expression: "20 + elapsed() / 10"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		o.OpenBus = wires.Open
		d := driverstest.Open(t, i2c.New, o)
		read := func() (float64, error) {
			v, err := d.Channel(0, 0).(drivers.Reader).Read(t.Context())
			return v.Float64(), err
		}
		time.Sleep(10 * time.Second)
		if x, err := read(); err != nil || math.Abs(x-21) > 0.125 {
			t.Errorf("%v, %v; want 21", x, err)
		}
		for _, f := range []struct {
			fault  sim.Fault
			status pv.Status
			takes  time.Duration
		}{{sim.NACK, pv.StatusComm, 0}, {sim.Stuck, pv.StatusTimeout, time.Second}} {
			time.Sleep(time.Second)
			wires.SetFault(0, f.fault)
			began := time.Now()
			_, err := read()
			if a := drivers.AlarmOf(err, 0); a.Status != f.status || time.Since(began) != f.takes {
				t.Errorf("fault %s: %v after %v", f.fault, err, time.Since(began))
			}
			wires.SetFault(0, sim.NoFault)
			time.Sleep(10 * time.Second)
			if x, err := read(); err != nil || x < 21 {
				t.Errorf("after fault %s: %v, %v", f.fault, x, err)
			}
		}
		wires.SetFault(0, sim.Garbage)
		time.Sleep(time.Second)
		a, errA := read()
		time.Sleep(time.Second)
		b, errB := read()
		if errA != nil || errB != nil || a == b {
			t.Errorf("garbage is %v, %v and %v, %v", a, errA, b, errB)
		}
	})
}
