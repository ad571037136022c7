package bus_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/bus"
	"github.com/ioclet/ioclet/drivers/chip"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// twins are simulated chips as a bus.
type twins []chip.Twin

func (t twins) Tx(device int, w, r []byte) error { return t[device].Tx(w, r) }
func (t twins) Close() error                     { return nil }

// fitted is a device that is a simulated chip of that model.
func (t *twins) fitted(tb testing.TB, model string, s chip.Settings) bus.Device {
	tb.Helper()
	m, err := chip.Find(model)
	if err != nil {
		tb.Fatal(err)
	}
	c, err := m.New(chip.OnI2C, s)
	if err != nil {
		tb.Fatal(err)
	}
	*t = append(*t, m.Twin(chip.OnI2C, s))
	return bus.Device{Name: model, Chip: c}
}

// Four conversions of an ADS1115 at 8 Hz take half a second, during which another chip on
// its bus is read as fast as ever.
func TestOthersAreReadDuringConversions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var on twins
		devices := []bus.Device{on.fitted(t, "ads1115", chip.Settings{"rate": {"8"}}), on.fitted(t, "mcp4725", chip.Settings{"supply": {"3.3"}})}
		on[0].Set(3, 1.5)
		d, err := bus.New(bus.Options{Name: "desk", Open: func() (bus.Bus, error) { return on, nil }, Devices: devices})
		if err != nil {
			t.Fatal(err)
		}
		port := device.NewPort(d, device.Config{Name: "desk", Log: slog.New(slog.DiscardHandler)})
		var db record.Database
		add := func(name string, ch drivers.Channel) *record.Record {
			r, err := port.Add(&db, record.Spec{Name: name, Type: record.AI}, ch, device.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		var inputs []*record.Record
		for i := range 4 {
			inputs = append(inputs, add(fmt.Sprint("CH", i), d.Channel(0, i)))
		}
		other := add("OTHER", d.Channel(1, 0))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- port.Run(ctx) }() // until stop
		synctest.Wait()
		for i := range 4 { // about in the middle of each conversion
			time.Sleep(60 * time.Millisecond)
			before := time.Now()
			other.Process()
			synctest.Wait()
			if s, _ := other.Value().Get(); !s.Time.Time().Equal(before) || s.Alarm != (pv.Alarm{}) {
				t.Errorf("the other chip was read at %v, asked at %v: %v", s.Time.Time(), before, s.Alarm)
			}
			if s, _ := inputs[3].Value().Get(); s.Alarm.Severity != pv.InvalidAlarm {
				t.Errorf("a value before the conversion %d has ended", i)
			}
			time.Sleep(66 * time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		if s, _ := inputs[3].Value().Get(); s.Value.Float64() != 1.5 || s.Alarm != (pv.Alarm{}) {
			t.Errorf("CH3 is %v, %v", s.Value, s.Alarm)
		}
		if s := port.Status(); s.Faults != 0 || s.Requests != 9 {
			t.Errorf("%d faults, %d requests", s.Faults, s.Requests)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// What is begun comes to its end before anything else is done with the chip, and is begun
// anew if the bus was closed or nobody has asked for it.
func TestMeasurementUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{content: [4][256]byte{{1: 5, 2: 6}, {1: 7}}}
		driver := open(t, d, bus.Device{Map: bus.Map{
			Measure:   &bus.Measure{Start: []bus.Setting{{At: 9, Data: []byte{1}}}, Wait: time.Second},
			Registers: []bus.Register{{At: 1}, {At: 2, Write: true}},
		}}, bus.Device{Map: bus.Map{Registers: []bus.Register{{At: 1}}}})
		in, out, other := driver.Channel(0, 0), driver.Channel(0, 1), driver.Channel(1, 0)
		measure := func(c drivers.Channel, want time.Duration) {
			t.Helper()
			if _, wait, err := c.(drivers.Measurer).Measure(t.Context()); wait != want || err != nil {
				t.Errorf("to wait %v, %v; want %v", wait, err, want)
			}
		}
		saw := func(want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, d.take()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		measure(in, time.Second)
		good(t, other, 7)
		time.Sleep(400 * time.Millisecond)
		measure(in, 600*time.Millisecond)
		measure(out, 600*time.Millisecond)
		saw("0: 0901+0", "1: 01+1")
		time.Sleep(600 * time.Millisecond)
		measure(out, 0)
		measure(in, 0)
		saw("0: 01+1", "0: 02+1")

		time.Sleep(time.Second)
		measure(in, time.Second)
		if err := write(out, 8); err != nil {
			t.Error(err)
		}
		saw("0: 0901+0", "0: 01+1", "0: 0208+0")

		time.Sleep(time.Second)
		measure(in, time.Second)
		time.Sleep(time.Hour)
		measure(in, time.Second)
		saw("0: 0901+0", "0: 0901+0")

		if err := driver.Close(); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if _, _, err := in.(drivers.Measurer).Measure(t.Context()); !drivers.IsLost(err) {
			t.Errorf("closed: %v", err)
		}
		if err := driver.Open(t.Context()); err != nil {
			t.Error(err)
		}
		measure(in, time.Second)
		saw("0: 0901+0")
	})
}

// Failures and panics of what is under way are those of the reading.
func TestFaultsOfAMeasurementUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		c := open(t, &desk{}, bus.Device{Name: "0x40", Retries: -1, Chip: f}).Channel(0, 0)
		f.transaction = func(c chip.Conn) error {
			return errors.Join(chip.Wait(t.Context(), c, time.Second), chip.ErrNotReady)
		}
		bad(t, c, pv.StatusTimeout, "desk 0x40: the chip does not get ready")
		time.Sleep(time.Minute)
		f.transaction = func(c chip.Conn) error {
			_ = chip.Wait(t.Context(), c, time.Second)
			panic("boom")
		}
		_, err := read(c)
		if caught := (*drivers.Panic)(nil); !errors.As(err, &caught) || !drivers.IsLost(err) || !strings.Contains(string(caught.Stack), "TestFaultsOfAMeasurementUnderWay") {
			t.Errorf("Read = %v", err)
		}
		f.transaction = nil
		good(t, c, 0)
	})
}

// While a chip measures anew nobody gets what is left of the readings before.
func TestNoReadingOfAMeasurementUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{content: [4][256]byte{{15, 25}}}
		f := &fake{}
		driver := open(t, d, bus.Device{Name: "0x40", Chip: f})
		a, b := driver.Channel(0, 0), driver.Channel(0, 1)
		good(t, a, 1.5)
		f.transaction = func(c chip.Conn) error { return chip.Wait(t.Context(), c, time.Second) }
		if _, wait, err := a.(drivers.Measurer).Measure(t.Context()); wait != time.Second || err != nil {
			t.Errorf("A: to wait %v, %v", wait, err)
		}
		if v, wait, err := b.(drivers.Measurer).Measure(t.Context()); wait != time.Second || err != nil {
			t.Errorf("B: %v, to wait %v, %v", v, wait, err)
		}
	})
}
