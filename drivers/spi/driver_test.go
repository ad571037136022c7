package spi_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/physic"
	periph "periph.io/x/conn/v3/spi"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/bus"
	"github.com/ioclet/ioclet/drivers/chip"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/spi"
	"github.com/ioclet/ioclet/pv"
)

// wires are ports that note how they are used, and answer with what is queued.
type wires struct {
	missing map[int]error
	used    []string
	answers [][]byte
	closed  int
}

func (w *wires) open(cs int) (periph.PortCloser, error) {
	if err := w.missing[cs]; err != nil {
		return nil, err
	}
	return &wirePort{w: w, cs: cs}, nil
}

type wirePort struct {
	periph.PortCloser // of which the driver uses Connect and Close alone

	w  *wires
	cs int
}

func (p *wirePort) Connect(f physic.Frequency, mode periph.Mode, bits int) (periph.Conn, error) {
	p.w.used = append(p.w.used, strings.Join([]string{"connect", f.String(), mode.String()}, " "))
	if bits == 31 {
		return nil, errors.New("no such words")
	}
	return wireConn{port: p}, nil
}

func (p *wirePort) Close() error { p.w.closed++; return nil }

type wireConn struct {
	periph.Conn // of which the driver uses Tx alone
	port        *wirePort
}

func (c wireConn) Tx(w, r []byte) error {
	x := c.port.w
	x.used = append(x.used, text(w, len(r)))
	if len(x.answers) > 0 {
		copy(r, x.answers[0])
		x.answers = x.answers[1:]
	}
	return nil
}

func text(w []byte, n int) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, x := range w {
		b.WriteByte(hex[x>>4])
		b.WriteByte(hex[x&15])
	}
	if n != len(w) {
		b.WriteString(" reads ")
		b.WriteByte(hex[n])
	}
	return b.String()
}

func open(t *testing.T, o spi.Options) *bus.Driver {
	t.Helper()
	return driverstest.Open(t, spi.New, o)
}

func read(t *testing.T, c drivers.Channel) float64 {
	t.Helper()
	v, err := c.(drivers.Reader).Read(t.Context())
	if err != nil {
		t.Error(err)
	}
	return v.Float64()
}

func write(t *testing.T, c drivers.Channel, x float64) {
	t.Helper()
	if err := c.(drivers.Writer).Write(t.Context(), pv.Float64Value(x)); err != nil {
		t.Error(err)
	}
}

// The bytes on the wires: an accelerometer, a port expander with an opcode, a converter
// that exchanges words, and a chip with one wire for both directions.
func TestWire(t *testing.T) {
	w := &wires{answers: [][]byte{
		{0xFF, 0xE5}, // identity
		nil,          // init
		{0xFF, 0xE5}, // it is asked again
		{0xFF, 0x01, 0x02, 0x03, 0x04},
		{0xFF, 0xFF, 0b0101_0000},
		nil,
		{0x00, 0x01, 0x23},
		nil,
		{0x77},
	}}
	d := open(t, spi.Options{OpenPort: w.open, Devices: []spi.Device{
		{CS: 0, Mode: periph.Mode3, Speed: 5 * physic.MegaHertz, Map: bus.Map{
			ReadBits: 0xC0, WriteBits: 0, Block: true, Order: bus.LittleEndian,
			Identity:  &bus.Condition{At: 0, Want: []byte{0xE5}},
			Init:      []bus.Setting{{At: 0x2D, Data: []byte{8}}},
			Registers: []bus.Register{{At: 0x32, Type: bus.Int16}, {At: 0x34, Type: bus.Int16}},
		}},
		{CS: 1, Map: bus.Map{AddressSize: 2, ReadBits: 0x0100, Registers: []bus.Register{{At: 0x4012, Mask: 0x0F, Write: true}}}},
		{CS: 2, Map: bus.Map{Exchange: true, Registers: []bus.Register{
			{At: 0x018000, Type: bus.Uint24, Mask: 0x3FF},
			{At: 0x3000, Type: bus.Uint16, Mask: 0xFFF, Write: true},
		}}},
		{CS: 3, Mode: periph.HalfDuplex, Map: bus.Map{ReadBits: 0x80, Registers: []bus.Register{{At: 5}}}},
	}})
	if x := read(t, d.Channel(0, 0)); x != 0x0201 {
		t.Errorf("X is %v", x)
	}
	if y := read(t, d.Channel(0, 1)); y != 0x0403 {
		t.Errorf("Y is %v", y)
	}
	write(t, d.Channel(1, 0), 3)
	if x := read(t, d.Channel(2, 0)); x != 0x123 {
		t.Errorf("word is %v", x)
	}
	write(t, d.Channel(2, 1), 0xABC)
	if x := read(t, d.Channel(3, 0)); x != 0x77 {
		t.Errorf("register is %v", x)
	}
	if _, ok := d.Channel(2, 1).(drivers.Reader); ok {
		t.Error("what a word brings back is taken for a readback")
	}
	if diff := cmp.Diff([]string{
		"connect 5MHz Mode3", "connect 1MHz Mode0", "connect 1MHz Mode0", "connect 1MHz Mode0|HalfDuplex",
		"C000", "2D08", "C000",
		"F200000000", // both registers
		"411200", "401253",
		"018000",
		"3ABC",
		"85", // and one back
	}, w.used); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if names := []string{d.Channel(0, 0).Name(), d.Channel(1, 0).Name(), d.Channel(2, 0).Name()}; !slices.Equal(names, []string{"cs 0/0x32", "cs 1/0x4012", "cs 2/0x018000"}) {
		t.Errorf("names %v", names)
	}
}

// A port that is missing costs its own chip only, until it is there.
func TestMissingPortCostsOnlyItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wires{missing: map[int]error{1: errors.New("no such port")}}
		o := spi.Options{OpenPort: w.open}
		for cs := range 2 {
			o.Devices = append(o.Devices, spi.Device{CS: cs, Map: bus.Map{Registers: []bus.Register{{At: 1}}}})
		}
		d := open(t, o)
		read(t, d.Channel(0, 0))
		_, err := d.Channel(1, 0).(drivers.Reader).Read(t.Context())
		if a := drivers.AlarmOf(err, 0); a.Status != pv.StatusComm || drivers.IsLost(err) || !strings.Contains(err.Error(), "no such port") {
			t.Errorf("missing port: %v", err)
		}
		w.missing = nil
		time.Sleep(5 * time.Second)
		read(t, d.Channel(1, 0))

		w.missing = map[int]error{0: errors.New("no zero"), 1: errors.New("no one")}
		none, err := spi.New(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := none.Open(t.Context()); err == nil || !strings.Contains(err.Error(), "no zero") || !strings.Contains(err.Error(), "no one") {
			t.Errorf("no port at all: %v", err)
		}
	})
}

// periph's port panics when it is used after Close.
func TestTransactionAfterCloseIsAnError(t *testing.T) {
	w := &wires{}
	o := spi.Options{OpenPort: w.open, Devices: []spi.Device{{Map: bus.Map{Registers: []bus.Register{{At: 1}}}}, {CS: 1, Bits: 31}}}
	d := open(t, o)
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if _, err := d.Channel(0, 0).(drivers.Reader).Read(context.Background()); !drivers.IsLost(err) {
		t.Errorf("Read after Close: %v", err)
	}
	if w.closed != 2 {
		t.Errorf("%d ports closed, want the open one and the one that did not connect", w.closed)
	}
}

func TestBadOptions(t *testing.T) {
	for want, v := range map[string]spi.Device{
		"cs 256: want 0 to 255":   {CS: 256},
		"two devices at cs 9":     {CS: 9},
		"speed 10Hz":              {Speed: 10 * physic.Hertz},
		"words of 33 bits":        {Bits: 33},
		"mode Mode0|NoCS":         {Mode: periph.NoCS},
		"a wire for each":         {Mode: periph.HalfDuplex, Chip: thermometer(t)},
		"read bits or write bits": {Map: bus.Map{Registers: []bus.Register{{Write: true}}}},
		"an address has 8 bits":   {Map: bus.Map{ReadBits: 0x100}},
		"have no addresses":       {Map: bus.Map{Exchange: true, ReadBits: 1}},
		"go both ways at once":    {Mode: periph.HalfDuplex, Map: bus.Map{Exchange: true}},
		"0x100 is more than":      {Map: bus.Map{Exchange: true, Registers: []bus.Register{{At: 0x100}}}},
	} {
		if _, err := spi.New(spi.Options{Devices: []spi.Device{{CS: 9}, v}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", v, err, want)
		}
	}
}

func thermometer(t *testing.T) chip.Chip {
	t.Helper()
	m, err := chip.Find("lm75")
	if err != nil {
		t.Fatal(err)
	}
	c, err := m.New(chip.OnI2C, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNoSuchPort(t *testing.T) {
	d, err := spi.New(spi.Options{Bus: 4711, Devices: []spi.Device{{Map: bus.Map{Registers: []bus.Register{{}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if d.Present() {
		t.Error("it is present")
	}
	if err := d.Open(t.Context()); !errors.Is(err, drivers.ErrAbsent) || !strings.Contains(err.Error(), "4711") {
		t.Errorf("Open = %v", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func TestErrorsNameTheRemedy(t *testing.T) {
	if err := spi.Remedy("/dev/spidev0.0", fs.ErrNotExist); !errors.Is(err, drivers.ErrAbsent) || !strings.Contains(err.Error(), "dtparam=spi=on") {
		t.Errorf("no such file: %v", err)
	}
	if err := spi.Remedy("/dev/spidev0.0", fs.ErrPermission); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "usermod -aG spi") {
		t.Errorf("no permission: %v", err)
	}
}
