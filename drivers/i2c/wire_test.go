package i2c_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2ctest"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/bus"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/i2c"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/pv"
)

var oneRegister = bus.Map{Registers: []bus.Register{{At: 1, Write: true}}}

// A port is connected once, and those of other multiplexers are not, for chips behind
// them may have the same address.
func TestMuxSelect(t *testing.T) {
	wires := &i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{
		{Addr: 0x71, W: []byte{0}}, // nobody knows what it connects
		{Addr: 0x70, W: []byte{1 << 3}},
		{Addr: 0x48, W: []byte{1}, R: []byte{30}},
		{Addr: 0x48, W: []byte{1}, R: []byte{31}},
		{Addr: 0x70, W: []byte{1 << 0}},
		{Addr: 0x48, W: []byte{1}, R: []byte{0}},
		{Addr: 0x70, W: []byte{0}},
		{Addr: 0x71, W: []byte{1 << 3}},
		{Addr: 0x48, W: []byte{1}, R: []byte{130}},
		{Addr: 0x20, W: []byte{1}, R: []byte{20}}, // on the bus itself
	}}
	c := open(t, i2c.Options{
		OpenBus: func() (periph.BusCloser, error) { return wires, nil },
		Devices: []i2c.Device{
			{Address: 0x48, Mux: &i2c.Mux{Address: 0x70, Port: 3}, Map: oneRegister},
			{Address: 0x48, Mux: &i2c.Mux{Address: 0x70, Port: 0}, Map: oneRegister},
			{Address: 0x48, Mux: &i2c.Mux{Address: 0x71, Port: 3}, Map: oneRegister},
			{Address: 0x20, Map: oneRegister},
		},
	}).Channels()
	good(t, c[0], 30)
	good(t, c[0], 31)
	good(t, c[1], 0)
	good(t, c[2], 130)
	good(t, c[3], 20)
	if name := c[2].Name(); name != "0x71 port 3 0x48/0x01" {
		t.Errorf("name %q", name)
	}
}

// A multiplexer that has lost its power has forgotten its port.
func TestMuxIsSelectedAgainAfterAFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := i2c.Options{Devices: []i2c.Device{
			{Address: 0x48, Mux: &i2c.Mux{Address: 0x70, Port: 1}, Map: oneRegister},
			{Address: 0x48, Mux: &i2c.Mux{Address: 0x70, Port: 2}, Map: oneRegister},
		}}
		wires, err := sim.NewI2C(o, sim.BusOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			if err := wires.Set(sim.ValueID{Device: i}, float64(10+i)); err != nil {
				t.Error(err)
			}
		}
		o.OpenBus = wires.Open
		c := open(t, o).Channels()
		for range 3 {
			good(t, c[0], 10)
			good(t, c[1], 11)
		}
		if err := wires.Tx(0x70, []byte{0}, nil); err != nil { // as after a loss of power
			t.Error(err)
		}
		good(t, c[1], 11) // at the second attempt
	})
}

// A multiplexer that is dead costs the chips behind it only.
func TestDeadMux(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wires driverstest.Registers
		wires.Chip(0x71)
		wires.Chip(0x48).Set(1, 7)
		c := open(t, i2c.Options{OpenBus: wires.Open, Devices: []i2c.Device{
			{Address: 0x49, Mux: &i2c.Mux{Address: 0x70, Port: 1}, Map: oneRegister},
			{Address: 0x48, Mux: &i2c.Mux{Address: 0x71, Port: 2}, Map: oneRegister},
		}}).Channels()
		_, err := read(c[0])
		if a := drivers.AlarmOf(err, 0); a.Status != pv.StatusComm || !strings.Contains(err.Error(), "multiplexer 0x70") {
			t.Errorf("behind the dead one: %v", err)
		}
		good(t, c[1], 7)
		wires.Chip(0x70)
		wires.Chip(0x49).Set(1, 8)
		time.Sleep(rest)
		good(t, c[0], 8)
	})
}
