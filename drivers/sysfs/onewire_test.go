package sysfs_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/drivers/sysfs"
	"github.com/ioclet/ioclet/pv"
)

const w1 = "/sys/bus/w1/devices/"

// thermometer is a sensor of a fake kernel: each reading of w1_slave takes the next of
// its texts, the last one again and again.
type thermometer struct {
	mu    sync.Mutex
	texts []string
	reads int
	err   error
}

func (s *thermometer) read() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.err != nil {
		return nil, s.err
	}
	text := s.texts[0]
	if len(s.texts) > 1 {
		s.texts = s.texts[1:]
	}
	return []byte(text), nil
}

func celsius(x float64) string { return sysfs.ScratchpadOf(x).Text() }

func oneWire(t *testing.T, o sysfs.OneWireOptions) *sysfs.OneWire {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d, err := sysfs.NewOneWire(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

const sensorID = "28-0316a2795f2c"

// TestScratchpad: the examples of the data sheet, table 1.
func TestScratchpad(t *testing.T) {
	for _, c := range []struct {
		celsius float64
		low     byte
		high    byte
	}{
		{125, 0xD0, 0x07},
		{25.0625, 0x91, 0x01},
		{10.125, 0xA2, 0x00},
		{0.5, 0x08, 0x00},
		{0, 0x00, 0x00},
		{-0.5, 0xF8, 0xFF},
		{-10.125, 0x5E, 0xFF},
		{-25.0625, 0x6F, 0xFE},
		{-55, 0x90, 0xFC},
	} {
		s := sysfs.ScratchpadOf(c.celsius)
		if s[0] != c.low || s[1] != c.high {
			t.Errorf("%v °C is % x", c.celsius, s)
		}
		var tree sim.Tree
		tree.Set(w1+sensorID+"/w1_slave", s.Text())
		d := oneWire(t, sysfs.OneWireOptions{Sensors: []sysfs.Sensor{{ID: sensorID}}, Files: &tree})
		if v, err := read(d.Channels()[0]); err != nil || v.Float64() != c.celsius {
			t.Errorf("% x is %v °C %v, want %v", s, v, err, c.celsius)
		}
	}
}

// TestReadings are what a kernel says, and what becomes of it.
func TestReadings(t *testing.T) {
	// A reading of a real sensor.
	const good = "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=23125\n"
	const badCRC = "ff 01 4b 46 7f ff 0e 10 57 : crc=3a NO\n72 01 4b 46 7f ff 0e 10 57 t=23125\n"
	const lies = "ff 01 4b 46 7f ff 0e 10 57 : crc=57 YES\nff 01 4b 46 7f ff 0e 10 57 t=31937\n"
	const zeros = "00 00 00 00 00 00 00 00 00 : crc=00 YES\n00 00 00 00 00 00 00 00 00 t=0\n"
	const ones = "ff ff ff ff ff ff ff ff ff : crc=c9 NO\n72 01 4b 46 7f ff 0e 10 57 t=23125\n"
	const nine = "72 01 4b 46 1f ff 0e 10 c7 : crc=c7 YES\n" // bits below half a degree mean nothing
	for _, c := range []struct {
		name    string
		texts   []string
		retries int
		want    float64
		status  pv.Status // of the fault; 0: none
		reads   int
	}{
		{"good", []string{good}, 3, 23.125, 0, 1},
		{"9 bits", []string{nine}, 0, 23, 0, 1},
		{"wrong CRC, then good", []string{badCRC, good}, 3, 23.125, 0, 2},
		{"wrong CRC, no retries", []string{badCRC, good}, 0, 0, pv.StatusRead, 1},
		{"wrong CRC again and again", []string{badCRC}, 2, 0, pv.StatusRead, 3},
		{"YES, but the CRC is not that of the bytes", []string{lies}, 0, 0, pv.StatusRead, 1},
		{"data line shorted", []string{zeros}, 1, 0, pv.StatusRead, 2},
		{"nobody answers", []string{ones}, 1, 0, pv.StatusRead, 2},
		{"empty", []string{""}, 1, 0, pv.StatusTimeout, 2},
		{"something else", []string{"23125\n"}, 0, 0, pv.StatusCalc, 1},
		{"half a text", []string{good[:20]}, 0, 0, pv.StatusCalc, 1},
		{"no bytes", []string{strings.Replace(good, "72", "zz", 1)}, 0, 0, pv.StatusCalc, 1},
	} {
		sensor := &thermometer{texts: c.texts}
		var tree sim.Tree
		tree.Handle(w1+sensorID+"/w1_slave", sensor.read, nil)
		d := oneWire(t, sysfs.OneWireOptions{Sensors: []sysfs.Sensor{{ID: sensorID, Retries: c.retries}}, Files: &tree})
		v, err := read(d.Channels()[0])
		if a := drivers.AlarmOf(err, pv.StatusNone); a.Status != c.status || err == nil && v.Float64() != c.want {
			t.Errorf("%s: %v %v, want %v %v", c.name, v, err, c.want, c.status)
		}
		if sensor.reads != c.reads {
			t.Errorf("%s: read %d times, want %d", c.name, sensor.reads, c.reads)
		}
	}
}

// TestPowerOnValueFiltered: 85 °C is believed only if the sensor has measured it.
func TestPowerOnValueFiltered(t *testing.T) {
	powerOn := sysfs.PowerOn.Text()
	for _, c := range []struct {
		name    string
		texts   []string // one a reading, without retries
		retries int
		want    string
	}{
		{"first reading after power-on", []string{powerOn, celsius(21)}, 0, "fault 21"},
		{"with a retry nobody sees it", []string{powerOn, celsius(21)}, 1, "21"},
		{"too little supply", []string{powerOn, powerOn, powerOn}, 0, "fault fault fault"},
		{"loses its supply for a moment", []string{celsius(21), powerOn, celsius(21.5)}, 0, "21 fault 21.5"},
		{"measured by a genuine sensor", []string{celsius(21), celsius(85)}, 0, "21 85"},
		{"measured by a copy", []string{celsius(84.5), powerOn, powerOn, celsius(85.5)}, 0, "84.5 85 85 85.5"},
	} {
		synctest.Test(t, func(t *testing.T) {
			sensor := &thermometer{texts: c.texts}
			var tree sim.Tree
			tree.Handle(w1+sensorID+"/w1_slave", sensor.read, nil)
			d := oneWire(t, sysfs.OneWireOptions{Sensors: []sysfs.Sensor{{ID: sensorID, Retries: c.retries}}, Files: &tree})
			var got []string
			for range len(c.texts) - c.retries {
				v, err := read(d.Channels()[0])
				if err != nil {
					got = append(got, "fault")
				} else {
					got = append(got, fmt.Sprint(v.Float64()))
				}
				<-time.After(time.Second) // the clock of the bubble
			}
			if g := strings.Join(got, " "); g != c.want {
				t.Errorf("%s: %s, want %s", c.name, g, c.want)
			}
		})
	}
}

func TestMissingSensor(t *testing.T) {
	var tree sim.Tree
	const other = "28-000000000002"
	tree.Set(w1+other+"/w1_slave", celsius(20))
	d := oneWire(t, sysfs.OneWireOptions{Sensors: []sysfs.Sensor{{ID: sensorID, Retries: 3}, {ID: other}}, Files: &tree})
	_, err := read(d.Channels()[0])
	if a := drivers.AlarmOf(err, pv.StatusNone); a.Status != pv.StatusComm || drivers.IsLost(err) || !strings.Contains(err.Error(), "there are "+other) {
		t.Errorf("missing: %v (%v)", err, a)
	}
	if v, err := read(d.Channels()[1]); err != nil || v.Float64() != 20 {
		t.Errorf("the other one: %v %v", v, err)
	}
	// Pulled out while it is read: the kernel says so, and the other is still there.
	tree.Handle(w1+sensorID+"/w1_slave", func() ([]byte, error) { return nil, syscall.ENODEV }, nil)
	if _, err = read(d.Channels()[0]); drivers.IsLost(err) || drivers.AlarmOf(err, pv.StatusNone).Status != pv.StatusComm {
		t.Errorf("pulled out: %v", err)
	}
	tree.Remove(w1 + sensorID)
	tree.Set(w1+sensorID+"/name", sensorID)
	if _, err = read(d.Channels()[0]); err == nil || !strings.Contains(err.Error(), "w1-therm") {
		t.Errorf("no driver: %v", err)
	}
	tree.Set(w1+sensorID+"/w1_slave", celsius(19))
	if v, err := read(d.Channels()[0]); err != nil || v.Float64() != 19 {
		t.Errorf("came: %v %v", v, err)
	}
	tree.Remove("/sys/bus/w1")
	if _, err := read(d.Channels()[0]); !drivers.IsLost(err) {
		t.Errorf("bus gone: %v", err)
	}
	_ = d.Close() // never fails
	if _, err := read(d.Channels()[1]); !drivers.IsLost(err) {
		t.Errorf("closed: %v", err)
	}
	if err := d.Open(t.Context()); !errors.Is(err, drivers.ErrAbsent) || !strings.Contains(err.Error(), "dtoverlay=w1-gpio") {
		t.Errorf("no bus: %v", err)
	}
}

// TestTenSensorsTakeOneConversion: with the kernel's help for it, and without.
func TestTenSensorsTakeOneConversion(t *testing.T) {
	const conversion = 750 * time.Millisecond
	for _, c := range []struct {
		name    string
		trigger error // of writing therm_bulk_read
		file    bool  // there is one
	}{
		{"together", nil, true},
		{"side by side, for only root may write the file", syscall.EACCES, true},
		{"side by side, on an old kernel", nil, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			var tree sim.Tree
			var mu sync.Mutex
			var done time.Time             // when the conversions of all end
			converted := map[string]bool{} // for all, and not read yet
			if c.file {
				tree.Handle(w1+"w1_bus_master1/therm_bulk_read", func() ([]byte, error) {
					mu.Lock()
					defer mu.Unlock()
					if time.Now().Before(done) {
						return []byte("-1\n"), nil
					}
					return []byte("1\n"), nil
				}, func(text []byte) error {
					if c.trigger != nil {
						return &fs.PathError{Op: "open", Path: "therm_bulk_read", Err: c.trigger}
					}
					mu.Lock()
					defer mu.Unlock()
					if string(text) != "trigger\n" {
						t.Errorf("%q was written", text)
					}
					done = time.Now().Add(conversion)
					for i := range 10 {
						converted[fmt.Sprint(i)] = true
					}
					return nil
				})
			}
			var sensors []sysfs.Sensor
			for i := range 10 {
				id := fmt.Sprintf("28-00000000000%d", i)
				sensors = append(sensors, sysfs.Sensor{ID: id})
				tree.Handle(w1+id+"/w1_slave", func() ([]byte, error) {
					mu.Lock()
					ready := converted[fmt.Sprint(i)]
					delete(converted, fmt.Sprint(i))
					mu.Unlock()
					if !ready {
						<-time.After(conversion)
					}
					return []byte(celsius(float64(20 + i))), nil
				}, nil)
			}
			d := oneWire(t, sysfs.OneWireOptions{Sensors: sensors, Files: &tree})
			for range 2 {
				began := time.Now()
				for i, ch := range d.Channels() {
					if v, err := read(ch); err != nil || v.Float64() != float64(20+i) {
						t.Errorf("%s: sensor %d: %v %v", c.name, i, v, err)
					}
				}
				if took := time.Since(began); took > conversion+100*time.Millisecond {
					t.Errorf("%s: ten sensors took %v, want hardly more than %v", c.name, took, conversion)
				}
				<-time.After(5 * time.Second)
			}
		})
	}
}

// A bus that refuses to convert at once is not asked again; one that could not for once is.
func TestBusThatCannotConvertAtOnce(t *testing.T) {
	for _, c := range []struct {
		err   error
		times int // that three readings ask it
	}{{nil, 3}, {syscall.EIO, 3}, {syscall.EACCES, 1}, {syscall.EROFS, 1}} {
		synctest.Test(t, func(t *testing.T) {
			var tree sim.Tree
			asked := 0
			tree.Handle(w1+"w1_bus_master1/therm_bulk_read", nil, func([]byte) error {
				asked++
				if c.err == nil {
					return nil
				}
				return &fs.PathError{Op: "write", Path: "therm_bulk_read", Err: c.err}
			})
			tree.Set(w1+sensorID+"/w1_slave", celsius(20))
			d := oneWire(t, sysfs.OneWireOptions{Sensors: []sysfs.Sensor{{ID: sensorID}}, Files: &tree})
			for range 3 {
				if v, err := read(d.Channels()[0]); err != nil || v.Float64() != 20 {
					t.Errorf("%v: %v %v", c.err, v, err)
				}
				<-time.After(time.Second)
			}
			if asked != c.times {
				t.Errorf("%v: asked %d times, want %d", c.err, asked, c.times)
			}
		})
	}
}

func TestConversionEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tree sim.Tree
		tree.Set(w1+"w1_bus_master1/therm_bulk_read", "0")
		tree.Handle(w1+"w1_bus_master1/therm_bulk_read", func() ([]byte, error) { return []byte("-1\n"), nil }, func([]byte) error { return nil })
		tree.Set(w1+sensorID+"/w1_slave", celsius(20))
		d := oneWire(t, sysfs.OneWireOptions{Sensors: []sysfs.Sensor{{ID: sensorID}}, Files: &tree})
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if _, err := d.Channels()[0].(drivers.Reader).Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		// A bus that never says that it is done is read all the same.
		if v, err := read(d.Channels()[0]); err != nil || v.Float64() != 20 {
			t.Errorf("%v %v", v, err)
		}
	})
}

// TestResolutionComesBackAfterPowerLoss: a sensor forgets its resolution with its supply.
func TestResolutionComesBackAfterPowerLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tree sim.Tree
		var written []string
		refuse := false
		tree.Set(w1+sensorID+"/w1_slave", celsius(20))
		tree.Handle(w1+sensorID+"/resolution", nil, func(text []byte) error {
			written = append(written, string(text))
			if refuse {
				return fs.ErrPermission
			}
			return nil
		})
		var log strings.Builder
		d := oneWire(t, sysfs.OneWireOptions{
			Sensors: []sysfs.Sensor{{ID: sensorID, Bits: 9}}, Files: &tree,
			Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
		again := func(when, want string) {
			t.Helper()
			written = nil
			if _, err := read(d.Channels()[0]); err != nil {
				t.Error(err)
			}
			if got := strings.Join(written, " "); got != want {
				t.Errorf("%s: resolution written: %q, want %q", when, got, want)
			}
			<-time.After(time.Second)
		}
		again("at first", "9")
		const nine = "40 01 4b 46 1f ff 10 10 8d : crc=8d YES\n40 01 4b 46 1f ff 10 10 8d t=20000\n"
		tree.Set(w1+sensorID+"/w1_slave", nine)
		again("set", "")
		tree.Set(w1+sensorID+"/w1_slave", celsius(20))
		again("after a loss of power", "9")
		refuse = true
		again("refused", "9")
		again("refused before", "")
		if n := strings.Count(log.String(), "resolution"); n != 1 {
			t.Errorf("logged %d times: %s", n, log.String())
		}
	})
}

func TestSensorsThatCannotBe(t *testing.T) {
	for _, sensors := range [][]sysfs.Sensor{
		{{ID: "28-0316A2795F2C"}},
		{{ID: "10-0316a2795f2c"}},
		{{ID: "0316a2795f2c"}},
		{{ID: "28-0316a2795f2c/.."}},
		{{ID: sensorID}, {ID: sensorID}},
		{{ID: sensorID, Bits: 8}},
		{{ID: sensorID, Bits: 13}},
		{{ID: sensorID, Retries: -1}},
		{{ID: sensorID, Retries: 11}},
	} {
		if _, err := sysfs.NewOneWire(sysfs.OneWireOptions{Sensors: sensors}); err == nil {
			t.Errorf("%v is taken", sensors)
		}
	}
}

func TestListOneWire(t *testing.T) {
	var tree sim.Tree
	if ids, err := sysfs.ListOneWire(&tree); ids != nil || err != nil {
		t.Errorf("no bus: %v %v", ids, err)
	}
	tree.Set(w1+"w1_bus_master1/name", "")
	tree.Set(w1+sensorID+"/name", "")
	if ids, err := sysfs.ListOneWire(&tree); len(ids) != 1 || ids[0] != sensorID || err != nil {
		t.Errorf("%v %v", ids, err)
	}
}

// A panic while sensors are read side by side is a fault of the driver.
func TestPanicOfAConversion(t *testing.T) {
	var tree sim.Tree
	tree.Handle(w1+sensorID+"/w1_slave", func() ([]byte, error) { panic("boom") }, nil)
	d := oneWire(t, sysfs.OneWireOptions{Sensors: []sysfs.Sensor{{ID: sensorID}}, Files: &tree})
	_, err := read(d.Channels()[0])
	if caught := (*drivers.Panic)(nil); !errors.As(err, &caught) || !drivers.IsLost(err) {
		t.Errorf("Read = %v", err)
	}
}
