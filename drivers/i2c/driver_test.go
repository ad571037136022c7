package i2c_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/bus"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/i2c"
	"github.com/ioclet/ioclet/pv"
	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2ctest"
)

func open(t *testing.T, o i2c.Options) *bus.Driver {
	t.Helper()
	return driverstest.Open(t, i2c.New, o)
}

func read(c drivers.Channel) (float64, error) {
	v, err := c.(drivers.Reader).Read(context.Background())
	return v.Float64(), err
}

func write(c drivers.Channel, x float64) error {
	return c.(drivers.Writer).Write(context.Background(), pv.Float64Value(x))
}

// rest is as long as a chip is left alone at most that does not answer.
const rest = 5 * time.Second

// good fails the test if the channel does not read as want.
func good(t *testing.T, c drivers.Channel, want float64) {
	t.Helper()
	if got, err := read(c); err != nil || got != want {
		t.Errorf("%s: %v, %v; want %v", c.Name(), got, err, want)
	}
}

// bad fails the test if the channel can be read, or has another alarm.
func bad(t *testing.T, c drivers.Channel, status pv.Status, lost bool) {
	t.Helper()
	got, err := read(c)
	if a := drivers.AlarmOf(err, pv.StatusNone); a.Status != status || drivers.IsLost(err) != lost {
		t.Errorf("%s: %v, %v, alarm %v, lost %v; want %v, lost %v", c.Name(), got, err, a, drivers.IsLost(err), status, lost)
	}
}

// The bytes on the wire, as an ADS1115 and a port expander see them.
func TestWire(t *testing.T) {
	wires := &i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{
		{Addr: 0x48, W: []byte{0x01, 0xC3, 0x83}},             // init
		{Addr: 0x48, W: []byte{0x00}, R: []byte{0x20, 0x00}},  // read
		{Addr: 0x20, W: []byte{0x14}, R: []byte{0b1010_0000}}, // read, to keep the other bits
		{Addr: 0x20, W: []byte{0x14, 0b1011_0000}},            // write
		{Addr: 0x48, W: []byte{0x02, 0xFF, 0xFE}},             // write of the whole register
	}}
	d := open(t, i2c.Options{
		OpenBus: func() (periph.BusCloser, error) { return wires, nil },
		Devices: []i2c.Device{
			{
				Address: 0x48,
				Map: bus.Map{
					Order: bus.BigEndian, Init: []bus.Setting{{At: 0x01, Data: []byte{0xC3, 0x83}}},
					Registers: []bus.Register{{At: 0x00, Type: bus.Int16, Scale: 0.000125}, {At: 0x02, Type: bus.Int16, Write: true}},
				},
			},
			{Address: 0x20, Map: bus.Map{Registers: []bus.Register{{At: 0x14, Mask: 0x10, Shift: 4, Write: true}}}},
		},
	})
	c := d.Channels()
	var names []string
	for _, ch := range c {
		names = append(names, ch.Name())
	}
	if !slices.Equal(names, []string{"0x48/0x00", "0x48/0x02", "0x20/0x14"}) {
		t.Errorf("channels %v", names)
	}
	if _, ok := c[0].(drivers.Writer); ok {
		t.Error("a register that is only read can be written")
	}
	good(t, c[0], 1.024)
	if err := write(c[2], 1); err != nil {
		t.Error(err)
	}
	if err := write(c[1], -2); err != nil {
		t.Error(err)
	}
	if s := d.Stats(); s != (bus.Stats{Transactions: 5}) {
		t.Errorf("stats %+v", s)
	}
}

func bme280(wires *driverstest.Registers) i2c.Options {
	return i2c.Options{OpenBus: wires.Open, Devices: []i2c.Device{{
		Address: 0x76,
		Map: bus.Map{Block: true, Registers: []bus.Register{
			{At: 0xF7, Type: bus.Uint24}, {At: 0xFA, Type: bus.Uint24}, {At: 0xFD, Type: bus.Uint16}, {At: 0xF4, Write: true},
		}},
	}}}
}

func TestBlockIsReadOnceForAScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wires driverstest.Registers
		chip := wires.Chip(0x76)
		d := open(t, bme280(&wires))
		c := d.Channels()
		for scan := range byte(3) {
			chip.Set(0xF7, 0, 0, scan, 0, 0, scan+10, 0, scan+20)
			before := wires.Transactions()
			good(t, c[0], float64(scan))
			chip.Set(0xF7, 9, 9, 9, 9, 9, 9, 9, 9) // later than this scan
			good(t, c[2], float64(scan)+20)
			good(t, c[1], float64(scan)+10)
			if n := wires.Transactions() - before; n != 1 {
				t.Errorf("scan %d: %d transactions", scan, n)
			}
			time.Sleep(time.Second)
		}

		// A channel that is read twice gets a new value the second time.
		chip.Set(0xF7, 0, 0, 1)
		good(t, c[0], 1)
		chip.Set(0xF7, 0, 0, 2)
		good(t, c[0], 2)

		// Nobody gets a value that has grown old.
		chip.Set(0xFA, 0, 0, 5)
		time.Sleep(time.Second)
		good(t, c[1], 5)

		// What was read before a write is not handed out after it.
		time.Sleep(time.Second)
		chip.Set(0xF7, 0, 0, 1, 0, 0, 1)
		good(t, c[0], 1)
		if err := write(c[3], 0x27); err != nil {
			t.Error(err)
		}
		chip.Set(0xFA, 0, 0, 2)
		good(t, c[1], 2)
		if got := chip.Bytes(0xF4, 1); got[0] != 0x27 {
			t.Errorf("wrote % X", got)
		}
	})
}

func TestRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wires driverstest.Registers
		chip := wires.Chip(0x76)
		o := bme280(&wires)
		o.Devices[0].Map.Init = []bus.Setting{{At: 0xF2, Data: []byte{1}}}
		d := open(t, o)
		c := d.Channels()[3]
		chip.Refuse(2)
		good(t, c, 0)
		if s := d.Stats(); s != (bus.Stats{Transactions: 4, Retries: 2}) {
			t.Errorf("stats %+v", s)
		}
		chip.Refuse(3)
		bad(t, c, pv.StatusComm, false)
		if s := d.Stats(); s != (bus.Stats{Transactions: 7, Retries: 4, Failures: 1}) {
			t.Errorf("stats %+v", s)
		}
		time.Sleep(rest)
		chip.Refuse(1) // it is given up now: one attempt
		bad(t, c, pv.StatusComm, false)
		time.Sleep(rest)
		good(t, c, 0)

		o.Devices[0].Retries = -1
		d = open(t, o)
		chip.Refuse(1)
		bad(t, d.Channels()[3], pv.StatusComm, false)
		if s := d.Stats(); s.Retries != 0 {
			t.Errorf("stats %+v", s)
		}
	})
}

// A chip that is unplugged faults its own channels, and is set up again when it is back.
func TestUnplugged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wires driverstest.Registers
		lost, other := wires.Chip(0x48), wires.Chip(0x20)
		other.Set(0x09, 7)
		d := open(t, i2c.Options{OpenBus: wires.Open, Devices: []i2c.Device{
			{
				Address: 0x48,
				Map: bus.Map{
					Init:      []bus.Setting{{At: 0x01, Data: []byte{0xC3, 0x83}}, {At: 0x03, Data: []byte{1}}},
					Registers: []bus.Register{{At: 0x01, Type: bus.Uint16}, {At: 0x03}},
				},
			},
			{Address: 0x20, Map: bus.Map{Registers: []bus.Register{{At: 0x09}}}},
		}})
		c := d.Channels()
		good(t, c[0], 0xC383)
		lost.Unplug()
		for range 3 {
			bad(t, c[0], pv.StatusComm, false)
			bad(t, c[1], pv.StatusComm, false)
			good(t, c[2], 7)
		}
		lost.Plug()
		time.Sleep(rest)
		good(t, c[0], 0xC383)
		good(t, c[1], 1)
		if _, err := read(c[0]); err != nil {
			t.Error(err)
		}
		before := wires.Transactions()
		good(t, c[0], 0xC383)
		if n := wires.Transactions() - before; n != 1 {
			t.Errorf("%d transactions for a read: is the init sequence sent again?", n)
		}
	})
}

func TestAbsentAtOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wires driverstest.Registers
		d := open(t, i2c.Options{Bus: "1", OpenBus: wires.Open, Devices: []i2c.Device{
			{Address: 0x48, Map: bus.Map{Init: []bus.Setting{{At: 1, Data: []byte{2}}}, Registers: []bus.Register{{At: 1}}}},
		}})
		bad(t, d.Channels()[0], pv.StatusComm, false)
		if _, err := read(d.Channels()[0]); err == nil || err.Error() != "i2c 1 0x48: no answer: remote I/O error" {
			t.Errorf("error %v", err)
		}
		wires.Chip(0x48)
		time.Sleep(rest)
		good(t, d.Channels()[0], 2)
	})
}

// A chip that holds the bus up costs every other chip a second: it is left alone.
func TestStuckBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wires driverstest.Registers
		wires.Chip(0x76)
		d := open(t, bme280(&wires))
		c := d.Channels()
		good(t, c[0], 0)
		wires.Fail(errors.New("sysfs-i2c: connection timed out"))
		before := wires.Transactions()
		for range 50 {
			bad(t, c[0], pv.StatusTimeout, false)
			bad(t, c[3], pv.StatusTimeout, false)
			time.Sleep(100 * time.Millisecond)
		}
		if n := wires.Transactions() - before; n != 1 {
			t.Errorf("%d transactions on a stuck bus", n)
		}
		wires.Fail(nil)
		time.Sleep(10 * time.Second)
		good(t, c[0], 0)
	})
}

func TestBusIsGone(t *testing.T) {
	for _, gone := range []error{syscall.ENODEV, errors.New("sysfs-i2c: no such device")} {
		var wires driverstest.Registers
		wires.Chip(0x76)
		d := open(t, bme280(&wires))
		wires.Fail(gone)
		bad(t, d.Channels()[0], pv.StatusComm, true)
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if err := d.Open(t.Context()); !errors.Is(err, gone) {
			t.Errorf("Open = %v", err)
		}
		if err := d.Close(); err != nil {
			t.Errorf("Close after a failed Open: %v", err)
		}
		bad(t, d.Channels()[0], pv.StatusComm, true)
		wires.Fail(nil)
		if err := d.Open(t.Context()); err != nil {
			t.Error(err)
		}
		good(t, d.Channels()[0], 0)
		if err := d.Open(t.Context()); err == nil {
			t.Error("opened twice")
		}
	}
	// Adapters say it of a chip, in words that begin alike.
	var wires driverstest.Registers
	d := open(t, bme280(&wires))
	wires.Fail(errors.New("sysfs-i2c: no such device or address"))
	bad(t, d.Channels()[0], pv.StatusComm, false)
}

func TestWriteFaults(t *testing.T) {
	var wires driverstest.Registers
	chip := wires.Chip(0x20)
	d := open(t, i2c.Options{OpenBus: wires.Open, Devices: []i2c.Device{
		{Address: 0x20, Map: bus.Map{Registers: []bus.Register{{At: 1, Mask: 0x0F, Write: true}}}},
	}})
	w := d.Channels()[0].(drivers.Writer)
	chip.Set(1, 0xA5)
	for _, test := range []struct {
		v      pv.Value
		status pv.Status
	}{
		{pv.Float64Value(16), pv.StatusHwLimit},
		{pv.StringValue("3"), pv.StatusWrite},
		{pv.ArrayValue([]int32{1}), pv.StatusWrite},
		{pv.Value{}, pv.StatusWrite},
	} {
		err := w.Write(t.Context(), test.v)
		if a := drivers.AlarmOf(err, pv.StatusNone); a.Status != test.status || drivers.IsLost(err) {
			t.Errorf("Write(%v) = %v, alarm %v", test.v, err, a)
		}
	}
	if n := wires.Transactions(); n != 0 {
		t.Errorf("%d transactions for values that were refused", n)
	}
	if err := w.Write(t.Context(), pv.EnumValue(3)); err != nil || chip.Bytes(1, 1)[0] != 0xA3 {
		t.Errorf("Write = %v, register % X", err, chip.Bytes(1, 1))
	}
	chip.Refuse(1) // the read before the write
	if err := w.Write(t.Context(), pv.EnumValue(4)); err != nil || chip.Bytes(1, 1)[0] != 0xA4 {
		t.Errorf("Write = %v, register % X", err, chip.Bytes(1, 1))
	}
}

func TestEndOfContext(t *testing.T) {
	var wires driverstest.Registers
	wires.Chip(0x76)
	d := open(t, bme280(&wires))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }() // until cancel
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run = %v", err)
	}
	if _, err := d.Channels()[0].(drivers.Reader).Read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Read = %v", err)
	}
	if n := wires.Transactions(); n != 0 {
		t.Errorf("%d transactions", n)
	}
}

// slowBus is a bus whose transaction does not end.
type slowBus struct {
	driverstest.Registers
	release chan struct{}
}

func (b *slowBus) Close() error { <-b.release; return nil }

func TestCloseDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wires := &slowBus{release: make(chan struct{})}
		d, err := i2c.New(i2c.Options{OpenBus: func() (periph.BusCloser, error) { return wires, nil }})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := d.Close(); err == nil || time.Since(began) > time.Second {
			t.Errorf("Close = %v after %v", err, time.Since(began))
		}
		close(wires.release)
		if err := d.Close(); err != nil {
			t.Errorf("second Close: %v", err)
		}
	})
}

func TestBadOptions(t *testing.T) {
	for want, v := range map[string]i2c.Device{
		"address: want 0x03 to 0x77":      {Address: 0x80},
		"multiplexer: want 0x03 to 0x77":  {Mux: &i2c.Mux{Address: 2}},
		"port: want 0 to 7":               {Mux: &i2c.Mux{Address: 0x70, Port: 8}},
		"two devices at 0x40":             {Address: 0x40, Mux: &i2c.Mux{Address: 0x40}},
		"are for SPI":                     {Map: bus.Map{Exchange: true}},
		"init 0x01: no data":              {Map: bus.Map{Init: []bus.Setting{{At: 1}}}},
		"int32 does not fit at 0xFD":      {Map: bus.Map{Registers: []bus.Register{{At: 0xFD, Type: bus.Int32}}}},
		"mask 0x100 is wider than uint8":  {Map: bus.Map{Registers: []bus.Register{{Mask: 0x100}}}},
		"a shift by 8 leaves nothing":     {Map: bus.Map{Registers: []bus.Register{{Shift: 8}}}},
		"a shift by 4 leaves nothing":     {Map: bus.Map{Registers: []bus.Register{{Mask: 0x0F, Shift: 4}}}},
		"mask and shift are for integers": {Map: bus.Map{Registers: []bus.Register{{Type: bus.Float32, Mask: 1}}}},
		"no type 77":                      {Map: bus.Map{Registers: []bus.Register{{Type: 77}}}},
		"register 0x05: no byte order 9":  {Map: bus.Map{Registers: []bus.Register{{At: 5, Order: 9}}}},
		"0x41: no byte order 9":           {Map: bus.Map{Order: 9}},
		"it is not written":               {Map: bus.Map{Registers: []bus.Register{{Verify: true}}}},
	} {
		if v.Address == 0 {
			v.Address = 0x41
		}
		if _, err := i2c.New(i2c.Options{Devices: []i2c.Device{{Address: 0x40}, v}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", v, err, want)
		}
	}
	_, err := i2c.New(i2c.Options{Bus: "1", Devices: []i2c.Device{{Address: 0x40}, {Address: 0x40}}})
	if err == nil || err.Error() != "i2c 1: two devices at 0x40" {
		t.Errorf("two devices at one address: %v", err)
	}
}

func TestNoSuchBus(t *testing.T) {
	d, err := i2c.New(i2c.Options{Bus: "4711"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Open(t.Context()); !errors.Is(err, drivers.ErrAbsent) || !strings.Contains(err.Error(), "/dev/i2c-4711") {
		t.Errorf("Open = %v", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// Chips whose addresses count words have other bytes behind the first word than the
// next address: without Block no read goes there.
func TestWordsAreReadApart(t *testing.T) {
	var wires driverstest.Registers
	chip := wires.Chip(0x40)
	chip.SetWidth(2)
	for at := range byte(4) {
		chip.Set(at, 0, at)
	}
	d := open(t, i2c.Options{OpenBus: wires.Open, Devices: []i2c.Device{{
		Address: 0x40, Map: bus.Map{Registers: []bus.Register{{At: 0, Type: bus.Int16}, {At: 2, Type: bus.Int16}, {At: 3, Type: bus.Int16}}},
	}}})
	for i, want := range []float64{0, 2, 3} {
		good(t, d.Channels()[i], want)
	}
}

func BenchmarkReadBlock(b *testing.B) {
	var wires driverstest.Registers
	wires.Chip(0x76)
	d := driverstest.Open(b, i2c.New, bme280(&wires))
	b.ReportAllocs()
	for b.Loop() {
		for _, c := range d.Channels()[:3] {
			if _, err := read(c); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func TestReadDoesNotAllocate(t *testing.T) {
	var wires driverstest.Registers
	wires.Chip(0x76)
	c := open(t, bme280(&wires)).Channels()[0]
	if n := testing.AllocsPerRun(100, func() { read(c) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
