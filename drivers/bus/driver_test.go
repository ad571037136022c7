package bus_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/bus"
	"github.com/ioclet/ioclet/drivers/chip"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/pv"
)

// desk is a bus of devices with 256 registers, whose transactions are noted.
type desk struct {
	content [4][256]byte
	seen    []string
	fail    map[int]error // by device
	takes   time.Duration // of a transaction that fails
	hook    func(device int, w []byte)
}

func (d *desk) Tx(device int, w, r []byte) error {
	d.seen = append(d.seen, fmt.Sprintf("%d: %X+%d", device, w, len(r)))
	if err := d.fail[device]; err != nil {
		time.Sleep(d.takes)
		return err
	}
	if len(w) > 0 {
		copy(d.content[device][w[0]:], w[1:])
		copy(r, d.content[device][w[0]:])
	}
	if d.hook != nil {
		d.hook(device, w)
	}
	return nil
}

func (d *desk) Close() error { return nil }

// take returns what was seen since the last time.
func (d *desk) take() []string {
	seen := d.seen
	d.seen = nil
	return seen
}

func open(t *testing.T, d *desk, devices ...bus.Device) *bus.Driver {
	t.Helper()
	for i := range devices {
		if devices[i].Name == "" {
			devices[i].Name = fmt.Sprint("dev ", i)
		}
	}
	return driverstest.Open(t, bus.New, bus.Options{Name: "desk", Open: func() (bus.Bus, error) { return d, nil }, Devices: devices})
}

func read(c drivers.Channel) (float64, error) {
	v, err := c.(drivers.Reader).Read(context.Background())
	return v.Float64(), err
}

func good(t *testing.T, c drivers.Channel, want float64) {
	t.Helper()
	if got, err := read(c); err != nil || got != want {
		t.Errorf("%s: %v, %v; want %v", c.Name(), got, err, want)
	}
}

func bad(t *testing.T, c drivers.Channel, status pv.Status, text string) {
	t.Helper()
	_, err := read(c)
	failed(t, c, err, status, text)
}

func failed(t *testing.T, c drivers.Channel, err error, status pv.Status, text string) {
	t.Helper()
	if a := drivers.AlarmOf(err, pv.StatusNone); err == nil || a.Status != status || drivers.IsLost(err) || !strings.Contains(err.Error(), text) {
		t.Errorf("%s: %v with %v; want %v and %q", c.Name(), err, a, status, text)
	}
}

func write(c drivers.Channel, x float64) error {
	return c.(drivers.Writer).Write(context.Background(), pv.Float64Value(x))
}

// Another chip of the same address is refused, and known again when it is replaced.
func TestWrongChipIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		d.content[0][0xD0] = 0x58
		c := open(t, d, bus.Device{Map: bus.Map{
			Identity:  &bus.Condition{At: 0xD0, Want: []byte{0x60}},
			Init:      []bus.Setting{{At: 1, Data: []byte{2}}},
			Registers: []bus.Register{{At: 1}},
		}}).Channel(0, 0)
		bad(t, c, pv.StatusRead, "desk dev 0: another chip answers: register 0xD0 is 0x58, it should be 0xD0 = 0x60")
		if d.content[0][1] != 0 {
			t.Error("the wrong chip was set up")
		}
		d.content[0][0xD0] = 0x60
		time.Sleep(5 * time.Second)
		good(t, c, 2)
	})
}

// All registers come from one measurement, which is begun and waited for.
func TestMeasurementIsSharedByAScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		polls := 0
		d.hook = func(_ int, w []byte) {
			if w[0] == 0xF3 {
				if polls++; polls == 1 { // ready when it is asked again
					d.content[0][0xF3] = 0
				}
			}
		}
		d.content[0] = [256]byte{0xF3: 8, 0x10: 5, 0x20: 7, 0x30: 1}
		driver := open(t, d, bus.Device{Map: bus.Map{
			Measure: &bus.Measure{
				Start: []bus.Setting{{At: 0xF4, Data: []byte{0x25}}}, Wait: 10 * time.Millisecond,
				Ready: &bus.Condition{At: 0xF3, Mask: []byte{8}, Want: []byte{0}},
			},
			Registers: []bus.Register{{At: 0x10}, {At: 0x20}, {At: 0x30, Write: true}},
		}})
		began := time.Now()
		good(t, driver.Channel(0, 0), 5)
		if took := time.Since(began); took != 11*time.Millisecond {
			t.Errorf("a measurement takes %v", took)
		}
		good(t, driver.Channel(0, 1), 7)
		if diff := cmp.Diff([]string{"0: F425+0", "0: F3+1", "0: F3+1", "0: 10+1", "0: 20+1"}, d.take()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		good(t, driver.Channel(0, 2), 1) // what is written needs no measurement
		if diff := cmp.Diff([]string{"0: 30+1"}, d.take()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		time.Sleep(time.Second)
		d.content[0][0xF3], polls = 0xFF, 5
		bad(t, driver.Channel(0, 1), pv.StatusTimeout, "desk dev 0: the chip does not get ready: after 1s register 0xF3 is 0xFF, it should be 0xF3 & 0x08 = 0x00")
	})
}

func TestWriteIsVerified(t *testing.T) {
	d := &desk{}
	d.content[0][1] = 0xF0
	driver := open(t, d, bus.Device{Map: bus.Map{Registers: []bus.Register{{At: 1, Mask: 0x0F, Write: true, Verify: true}, {At: 2}}}})
	c := driver.Channel(0, 0)
	if err := write(c, 5); err != nil || d.content[0][1] != 0xF5 {
		t.Errorf("%v, 0x%X", err, d.content[0][1])
	}
	d.hook = func(_ int, w []byte) {
		if len(w) > 1 {
			d.content[0][1] = 0xFC // two bits do not stick
		}
	}
	failed(t, c, write(c, 0xF), pv.StatusWrite, "register 0x01: not what was written: 0xF, it is 0xC")
	if s := driver.DeviceStats(0); s.Retries != 2 || s.Failures != 1 {
		t.Errorf("%+v", s)
	}
	good(t, driver.Channel(0, 1), 0) // the device itself is well
}

// Outputs go to what they shall be at the end, those that nobody has touched, too. One that
// cannot be set keeps no other from it.
func TestOutputsAtTheEnd(t *testing.T) {
	d := &desk{fail: map[int]error{1: errors.New("remote I/O error")}}
	exit := bus.Map{Registers: []bus.Register{{At: 1, Write: true, Exit: pv.Float64Value(3)}, {At: 2, Write: true}, {At: 4, Mask: 0xF0, Shift: 4, Write: true, Exit: pv.EnumValue(1)}}}
	driver := open(t, d, bus.Device{Map: exit}, bus.Device{Map: exit}, bus.Device{Chip: &fake{}, Exit: map[int]float64{0: 21, 1: 0.5}})
	for i := range 2 {
		d.content[i] = [256]byte{1: 9, 2: 9, 4: 0xFF}
	}
	d.take()
	const want = "desk: close: desk dev 1: no answer: remote I/O error\ndesk dev 2: out of range"
	if err := driver.Close(); err == nil || err.Error() != want {
		t.Errorf("Close = %v, want %s", err, want)
	}
	if got := d.content[0]; got[1] != 3 || got[2] != 9 || got[4] != 0x1F {
		t.Errorf("registers % X", got[:5])
	}
	if diff := cmp.Diff([]string{"0: 0103+0", "0: 04+1", "0: 041F+0", "1: 0103+0", "1: 04+1", "2: 0105+0"}, d.take()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A device that has just failed gets what it shall have at the end, but nothing is written
// to a wrong chip; that neither is well is no news.
func TestOutputsOfFaultyDevicesAtTheEnd(t *testing.T) {
	d := &desk{fail: map[int]error{}}
	exit := bus.Map{
		Identity:  &bus.Condition{At: 0xD0, Want: []byte{0x60}},
		Registers: []bus.Register{{At: 1, Write: true, Exit: pv.Float64Value(3)}},
	}
	for i := range 3 {
		d.content[i][0xD0] = 0x60
	}
	driver := open(t, d, bus.Device{Map: exit, Retries: -1}, bus.Device{Map: exit}, bus.Device{Map: exit})
	d.fail[0], d.fail[2] = errors.New("remote I/O error"), syscall.ETIMEDOUT
	bad(t, driver.Channel(0, 0), pv.StatusComm, "no answer")
	bad(t, driver.Channel(2, 0), pv.StatusTimeout, "the bus is stuck")
	good(t, driver.Channel(1, 0), 0)
	d.fail[1] = errors.New("remote I/O error")
	bad(t, driver.Channel(1, 0), pv.StatusComm, "no answer")
	clear(d.fail)
	d.content[1][0xD0] = 0x58
	d.take()
	if err := driver.Close(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"0: D0+1", "0: 0103+0", "1: D0+1"}, d.take()); diff != "" { // none that hold up the bus
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A dead device is asked more and more rarely, so that it does not take the bus from the
// others, but a command is tried at once.
func TestDeadDeviceDoesNotStarveOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{fail: map[int]error{0: errors.New("remote I/O error")}, takes: 50 * time.Millisecond}
		registers := bus.Map{Registers: []bus.Register{{At: 1, Write: true}, {At: 2}}}
		driver := open(t, d, bus.Device{Map: registers}, bus.Device{Map: registers})
		began := time.Now()
		scans := 0
		for ; time.Since(began) < time.Minute; scans++ {
			bad(t, driver.Channel(0, 0), pv.StatusComm, "no answer")
			bad(t, driver.Channel(0, 1), pv.StatusComm, "no answer")
			good(t, driver.Channel(1, 0), 0)
			good(t, driver.Channel(1, 1), 0)
			time.Sleep(10 * time.Millisecond)
		}
		if n := driver.DeviceStats(0).Transactions; n > 20 {
			t.Errorf("%d transactions with the dead device in a minute", n)
		}
		if scans < 5800 {
			t.Errorf("%d scans of the other in a minute", scans)
		}
		before := driver.DeviceStats(0).Transactions
		failed(t, driver.Channel(0, 0), write(driver.Channel(0, 0), 1), pv.StatusComm, "no answer")
		if n := driver.DeviceStats(0).Transactions - before; n != 1 {
			t.Errorf("%d transactions for a command", n)
		}
		delete(d.fail, 0)
		if err := write(driver.Channel(0, 0), 1); err != nil {
			t.Error(err)
		}
		good(t, driver.Channel(0, 0), 1) // it is known to be back
	})
}

// Each transaction on a bus whose clock is held low takes a second: with many devices
// nobody would ever get an answer.
func TestStuckBusIsFoundOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{fail: map[int]error{}, takes: time.Second}
		registers := bus.Map{Registers: []bus.Register{{At: 1, Write: true}}}
		driver := open(t, d, bus.Device{Map: registers}, bus.Device{Map: registers}, bus.Device{Map: registers}, bus.Device{Map: registers})
		for i := range 4 {
			good(t, driver.Channel(i, 0), 0)
			d.fail[i] = syscall.ETIMEDOUT
		}
		d.take()
		for i := range 4 {
			bad(t, driver.Channel(i, 0), pv.StatusTimeout, "the bus is stuck")
			failed(t, driver.Channel(i, 0), write(driver.Channel(i, 0), 1), pv.StatusTimeout, "the bus is stuck")
		}
		if n := len(d.take()); n != 2 {
			t.Errorf("%d transactions until it is found out", n)
		}
		clear(d.fail)
		time.Sleep(10 * time.Second)
		for i := range 4 {
			good(t, driver.Channel(i, 0), 0)
		}

		// One device that holds the clock is no stuck bus.
		d.fail[0] = syscall.ETIMEDOUT
		for range 3 {
			bad(t, driver.Channel(0, 0), pv.StatusTimeout, "the bus is stuck")
			good(t, driver.Channel(1, 0), 0)
			time.Sleep(11 * time.Second)
		}
	})
}

// periph's kernel bus calls it a success, though nothing went over the wires.
func TestEmptyTransactionIsAnError(t *testing.T) {
	empty := &fake{transaction: func(c chip.Conn) error { return c.Tx(nil, nil) }}
	c := open(t, &desk{}, bus.Device{Chip: empty}).Channel(0, 0)
	bad(t, c, pv.StatusRead, "a transaction without bytes")
}

// fake is a chip with values that are measured, and two that are written and read back:
// register i in tenths.
type fake struct {
	starts, reads int
	transaction   func(c chip.Conn) error // instead of a measurement
	second        error                   // of the second value
}

func (f *fake) Values() []chip.Value {
	return []chip.Value{
		{Name: "A", Kind: pv.Float64},
		{Name: "B", Kind: pv.Float64, Writable: true},
		{Name: "C", Kind: pv.Enum, States: []string{"Off", "On"}, Writable: true},
		{Name: "N", Kind: pv.Int64},
	}
}

func (f *fake) Start(context.Context, chip.Conn) error { f.starts++; return nil }

func (f *fake) Read(_ context.Context, c chip.Conn, out []chip.Reading) error {
	f.reads++
	if f.transaction != nil {
		return f.transaction(c)
	}
	var b [4]byte
	if err := c.Tx([]byte{0}, b[:]); err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	for i := range out {
		out[i] = chip.Reading{Value: float64(b[i]) / 10}
	}
	out[1].Err = f.second
	return nil
}

func (f *fake) Write(_ context.Context, c chip.Conn, i int, v float64) error {
	if v > 20 {
		return chip.ErrRange
	}
	return c.Tx([]byte{byte(i), byte(v * 10)}, nil)
}

// A chip measures once for all of its values, each of which may be bad by itself.
func TestChip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		d.content[0] = [256]byte{15, 25, 0, 40}
		f := &fake{}
		driver := open(t, d, bus.Device{Name: "0x40", Chip: f})
		a, b, c, n := driver.Channel(0, 0), driver.Channel(0, 1), driver.Channel(0, 2), driver.Channel(0, 3)
		good(t, a, 1.5)
		good(t, b, 2.5)
		good(t, n, 4)
		if v, err := n.(drivers.Reader).Read(t.Context()); err != nil || v.Kind() != pv.Int64 {
			t.Errorf("kind %v, %v", v.Kind(), err)
		}
		if f.starts != 1 || f.reads != 2 {
			t.Errorf("%d starts, %d measurements for three values and one of them again", f.starts, f.reads)
		}
		if a.Name() != "0x40/A" || c.Name() != "0x40/C" {
			t.Errorf("names %s, %s", a.Name(), c.Name())
		}
		if _, ok := a.(drivers.Writer); ok {
			t.Error("A can be written")
		}
		if err := write(b, 3); err != nil {
			t.Error(err)
		}
		good(t, b, 3)
		if err := c.(drivers.Writer).Write(t.Context(), pv.EnumValue(1)); err != nil || d.content[0][2] != 10 {
			t.Errorf("%v, % X", err, d.content[0][:4])
		}
		failed(t, b, write(b, 21), pv.StatusHwLimit, "out of range")
		failed(t, b, b.(drivers.Writer).Write(t.Context(), pv.StringValue("x")), pv.StatusWrite, "cannot write")
		f.second = chip.ErrDisconnected
		time.Sleep(time.Second)
		good(t, a, 1.5)
		bad(t, b, pv.StatusRead, "0x40/B: the sensor is not connected")
		if f.starts != 1 {
			t.Errorf("%d starts though all is well", f.starts)
		}
	})
}

// What a chip says of a failed measurement decides what is done.
func TestChipFaults(t *testing.T) {
	for _, test := range []struct {
		err           error
		status        pv.Status
		reads, starts int // until it is given up
		text          string
	}{
		{err: chip.ErrChecksum, status: pv.StatusRead, reads: 3, starts: 2, text: "desk dev 0: wrong checksum"},
		{err: chip.ErrReset, status: pv.StatusRead, reads: 3, starts: 2, text: "lost its settings"},
		{err: chip.ErrNoAnswer, status: pv.StatusComm, reads: 3, starts: 2, text: "no chip answers"},
		{err: chip.ErrNotReady, status: pv.StatusTimeout, reads: 1, text: "does not get ready"},
		{err: chip.ErrWrongChip, status: pv.StatusRead, reads: 1, text: "another chip"},
		{err: errors.New("made of cheese"), status: pv.StatusRead, reads: 1, text: "made of cheese"},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{}
			c := open(t, &desk{}, bus.Device{Chip: f}).Channel(0, 0)
			good(t, c, 0)
			time.Sleep(time.Second)
			f.starts, f.reads = 0, 0
			f.transaction = func(chip.Conn) error { return test.err }
			bad(t, c, test.status, test.text)
			if _, err := c.(drivers.Reader).Read(t.Context()); !drivers.IsOfDevice(err) {
				t.Errorf("%v is not of the chip as a whole", err)
			}
			if f.reads != test.reads || f.starts != test.starts {
				t.Errorf("%v: %d measurements and %d starts, want %d and %d", test.err, f.reads, f.starts, test.reads, test.starts)
			}
			time.Sleep(time.Second)
			f.transaction, f.starts = nil, 0
			good(t, c, 0)
			if f.starts != 1 {
				t.Errorf("%v: %d starts before it is good again", test.err, f.starts)
			}
		})
	}
}

// A chip that has lost its settings for a moment is set up and measures again at once.
func TestResetHealsAtOnce(t *testing.T) {
	f := &fake{}
	driver := open(t, &desk{}, bus.Device{Chip: f})
	good(t, driver.Channel(0, 0), 0)
	once := chip.ErrReset
	f.transaction = func(chip.Conn) error {
		f.transaction = nil
		return once
	}
	good(t, driver.Channel(0, 3), 0)
	f.transaction = func(chip.Conn) error {
		f.transaction = nil
		return once
	}
	good(t, driver.Channel(0, 0), 0) // from the measurement before
	good(t, driver.Channel(0, 0), 0)
	if s := driver.DeviceStats(0); s.Retries != 1 || f.starts != 2 {
		t.Errorf("%+v, %d starts", s, f.starts)
	}
}

// The end of a context ends a measurement, and the next begins from the start.
func TestContextEndsAMeasurement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		c := open(t, &desk{}, bus.Device{Chip: f}).Channel(0, 0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		f.transaction = func(c chip.Conn) error { return chip.Wait(ctx, c, time.Hour) }
		if _, err := c.(drivers.Reader).Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Read = %v", err)
		}
		f.transaction = nil
		good(t, c, 0)
		if f.starts != 2 {
			t.Errorf("%d starts", f.starts)
		}
	})
}

func TestCountersAndTrace(t *testing.T) {
	d := &desk{}
	driver := open(t, d, bus.Device{Name: "0x40", Map: bus.Map{Registers: []bus.Register{{At: 1}}}}, bus.Device{Name: "0x41", Map: bus.Map{Registers: []bus.Register{{At: 1}}}})
	good(t, driver.Channel(1, 0), 0)
	got := map[string]uint64{}
	for _, c := range driver.Counters() {
		got[c.Name] = c.Read()
		if len(c.Desc) == 0 || len(c.Desc) > 40 {
			t.Errorf("%s: %q", c.Name, c.Desc)
		}
	}
	if diff := cmp.Diff(map[string]uint64{"0x40 TRANSACTIONS": 0, "0x40 RETRIES": 0, "0x41 TRANSACTIONS": 1, "0x41 RETRIES": 0}, got); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
	last := driver.Trace().Last()
	if len(last) != 2 || !last[0].Sent || last[0].Subject != "0x41" || last[1].Sent || last[1].Size != 1 {
		t.Errorf("trace %v", last)
	}
	if driver.Present() {
		t.Error("it is present: how can that be told?")
	}
}

func TestBadMaps(t *testing.T) {
	for want, m := range map[string]bus.Map{
		"1 or 2 bytes":                        {AddressSize: 3},
		"identity 0x01: mask and value":       {Identity: &bus.Condition{At: 1, Mask: []byte{1}, Want: []byte{1, 2}}},
		"identity 0x100: no such address":     {Identity: &bus.Condition{At: 256, Want: []byte{1}}},
		"ready 0x01: the mask has no bits":    {Measure: &bus.Measure{Ready: &bus.Condition{At: 1, Mask: []byte{0}, Want: []byte{1}}}},
		"at most 5s":                          {Measure: &bus.Measure{Wait: time.Minute}},
		"init 0x01: no data":                  {Measure: &bus.Measure{Start: []bus.Setting{{At: 1}}}},
		"init 0x100: an address has 8 bits":   {Init: []bus.Setting{{At: 256, Data: []byte{1}}}},
		"words are exchanged on buses":        {Exchange: true},
		"register 0xFFFF: int16 does not fit": {AddressSize: 2, Registers: []bus.Register{{At: 0xFFFF, Type: bus.Int16}}},
		"register 0x00: it is not written":    {Registers: []bus.Register{{Exit: pv.Float64Value(1)}}},
		"at the end: 256 does not fit":        {Registers: []bus.Register{{Write: true, Exit: pv.Float64Value(256)}}},
		"scale and offset must be finite":     {Registers: []bus.Register{{Scale: math.Inf(1)}}},
		"desk dev: an address has 8 bits":     {ReadBits: 0x100},
	} {
		_, err := bus.New(bus.Options{Name: "desk", Devices: []bus.Device{{Name: "dev", Map: m}}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", m, err, want)
		}
	}
}

// An output that cannot be set at the end, since the transaction does not return, holds up
// neither Close nor the end of what comes then.
func TestCloseDoesNotWaitForOutputs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, release := &desk{}, make(chan struct{})
		driver := open(t, d, bus.Device{Map: bus.Map{Registers: []bus.Register{{At: 1, Write: true, Exit: pv.Float64Value(1)}}}})
		good(t, driver.Channel(0, 0), 0)
		d.hook = func(int, []byte) { <-release }
		began := time.Now()
		if err := driver.Close(); err == nil || time.Since(began) > time.Second {
			t.Errorf("Close = %v after %v", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := driver.Open(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Open = %v", err)
		}
		close(release)
		synctest.Wait()
	})
}

// A panic while an output is set at the end costs neither the program nor the turn.
func TestPanicAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		driver := open(t, d, bus.Device{Map: bus.Map{Registers: []bus.Register{{At: 1, Write: true, Exit: pv.Float64Value(1)}}}})
		good(t, driver.Channel(0, 0), 0)
		d.hook = func(int, []byte) { panic("boom") }
		err := driver.Close()
		if caught := (*drivers.Panic)(nil); !errors.As(err, &caught) {
			t.Errorf("Close = %v", err)
		}
		d.hook = nil
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := driver.Open(ctx); err != nil {
			t.Errorf("Open = %v", err)
		}
	})
}

// A device that has been without power is set up before anything else, at once, even if it was
// well as far as anybody could tell, and the bus that it may have held is tried again.
func TestRestarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		m := bus.Map{Init: []bus.Setting{{At: 1, Data: []byte{2}}}, Registers: []bus.Register{{At: 5}}}
		driver := open(t, d, bus.Device{Map: m}, bus.Device{Map: m}, bus.Device{Map: m})
		good(t, driver.Channel(0, 0), 0)
		d.take()
		driver.Restarted(0)
		good(t, driver.Channel(0, 0), 0)
		if diff := cmp.Diff([]string{"0: 0102+0", "0: 05+1"}, d.take()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}

		d.fail = map[int]error{0: syscall.ETIMEDOUT, 1: syscall.ETIMEDOUT}
		time.Sleep(time.Second) // the last reading is still good until then
		bad(t, driver.Channel(0, 0), pv.StatusTimeout, "the bus is stuck")
		bad(t, driver.Channel(1, 0), pv.StatusTimeout, "the bus is stuck")
		d.fail = nil
		bad(t, driver.Channel(2, 0), pv.StatusTimeout, "the bus is stuck") // all are left alone
		driver.Restarted(1)
		d.take()
		good(t, driver.Channel(1, 0), 0)
		good(t, driver.Channel(2, 0), 0)
		if diff := cmp.Diff([]string{"1: 0102+0", "1: 05+1", "2: 05+1"}, d.take()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
