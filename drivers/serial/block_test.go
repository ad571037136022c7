package serial_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/pv"
)

// TestBlock: binary arrays, with terminators and "\r\n" among their bytes; an error message
// in the place of a block is CALC at once.
func TestBlock(t *testing.T) {
	d := serial.Device{Name: "SCOPE", Timeout: time.Second, Channels: []serial.Channel{
		{Name: "WORDS", Read: "W?", Block: &serial.Block{Kind: pv.Int16}, Count: 10},
		{Name: "LITTLE", Read: "L?", Reply: "CURV ", Block: &serial.Block{Kind: pv.Float32, Little: true}, Count: 2},
		{Name: "BYTES", Read: "B?", Block: &serial.Block{Kind: pv.Uint8}, Count: 3},
	}}
	scripted(t, d, []driverstest.Step{
		{Expect: "W?\n", Reply: "#16\x0D\x0A\x00\x01\xFF\xFE\n"},
		{Expect: "L?\n", Reply: "CURV #208\x00\x00\x80\x3F\x00\x00\x20\xC1\r\n"},
		{Expect: "B?\n", Reply: "#13\n\r\n\n"},
		{Expect: "B?\n", Reply: "#14abcd\n"},
		{Expect: "W?\n", Reply: "#13abc\n"},
		{Expect: "W?\n", Reply: "ERROR 7\n"},
		{Expect: "W?\n", Reply: "#10\n"},
	}, func(t *testing.T, p *serial.Port) {
		v, err := read(t, p, "SCOPE", "WORDS")
		wantValue(t, v, err, pv.ArrayValue([]int16{0x0D0A, 1, -2}))
		v, err = read(t, p, "SCOPE", "LITTLE")
		wantValue(t, v, err, pv.ArrayValue([]float32{1, -10}))
		v, err = read(t, p, "SCOPE", "BYTES")
		wantValue(t, v, err, pv.ArrayValue([]uint8{'\n', '\r', '\n'}))
		_, err = read(t, p, "SCOPE", "BYTES")
		wantFault(t, err, pv.StatusCalc, false, "no more than 3 elements")
		_, err = read(t, p, "SCOPE", "WORDS")
		wantFault(t, err, pv.StatusCalc, false, "elements of 2 bytes")
		_, err = read(t, p, "SCOPE", "WORDS")
		wantFault(t, err, pv.StatusCalc, false, "ERROR 7")
		v, err = read(t, p, "SCOPE", "WORDS")
		wantValue(t, v, err, pv.ArrayValue([]int16{}))
	})
}

func TestBadBlock(t *testing.T) {
	block := &serial.Block{Kind: pv.Int16}
	for want, c := range map[string]serial.Channel{
		"read is missing":  {Name: "X", Write: "A %d", Block: block, Count: 1},
		"expected count":   {Name: "X", Read: "A", Block: block},
		"plain text":       {Name: "X", Read: "A", Reply: "%d", Block: block, Count: 1},
		"elements of kind": {Name: "X", Read: "A", Block: &serial.Block{Kind: pv.String}, Count: 1},
	} {
		_, err := serial.New(serial.Options{Transport: serial.TCP("192.0.2.1:1"), Devices: []serial.Device{{Name: "D", Channels: []serial.Channel{c}}}})
		if err == nil || !strings.Contains(err.Error(), "block: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", c, err, want)
		}
	}
}
