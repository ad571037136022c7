package serial_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/pv"
)

// TestLengthFraming: an answer of a given number of bytes is complete with the last of
// them, however it comes and whatever the bytes are.
func TestLengthFraming(t *testing.T) {
	d := serial.Device{Name: "D", Length: 3, Channels: []serial.Channel{
		{Name: "A", Read: "A", Reply: "%3r"},
		{Name: "B", Read: "B", Reply: "%r", Length: 1},
	}}
	scripted(t, d, []driverstest.Step{
		{Expect: "A\n", Reply: "\x00\n"},
		{Wait: 100 * time.Millisecond, Reply: "\x01"},
		{Expect: "B\n", Reply: "\n"},
		{Expect: "A\n", Reply: "\x00\x01"},                                    // and no more
		{Wait: 3 * time.Second, Expect: "A\n", Reply: "\x00\x00\x07\x00\x00"}, // two too many
		{Expect: "A\n", Reply: "\x00\x00\x08"},
	}, func(t *testing.T, p *serial.Port) {
		v, err := read(t, p, "D", "A")
		wantValue(t, v, err, pv.Int64Value(0x0a01))
		v, err = read(t, p, "D", "B")
		wantValue(t, v, err, pv.Int64Value(10))
		_, err = read(t, p, "D", "A")
		wantFault(t, err, pv.StatusTimeout, false, `answer "\x00\x01" stopped for 1s, expected 3 bytes`)
		_, err = read(t, p, "D", "A")
		wantFault(t, err, pv.StatusTimeout, false, "no answer")
		time.Sleep(5 * time.Second)
		v, err = read(t, p, "D", "A")
		wantValue(t, v, err, pv.Int64Value(8))
	})
}

// TestSeveralReplies: an answer of several lines is taken together, and if it is late no
// line of it is taken for the next.
func TestSeveralReplies(t *testing.T) {
	d := serial.Device{Name: "D", Channels: []serial.Channel{
		{Name: "T", Read: "?", Reply: `T=%f\nH=%(H)f\nOK`, Replies: 3},
		{Name: "H"},
		{Name: "LIST", Read: "LIST", Reply: "%d", Replies: 4, Separator: "\n", Count: 4},
	}}
	synctest.Test(t, func(t *testing.T) {
		script := driverstest.NewScript(t,
			driverstest.Step{Expect: "?\n", Reply: "T=21.5\r\nH="},
			driverstest.Step{Wait: 10 * time.Millisecond, Reply: "40\r\nOK\r\n"},
			driverstest.Step{Expect: "LIST\n", Reply: "1\n2\n3\n4\n"},
			driverstest.Step{Expect: "?\n", Wait: 1500 * time.Millisecond, Reply: "T=1\nH=2\n"},
			driverstest.Step{Wait: 100 * time.Millisecond, Reply: "OK\n"},
			driverstest.Step{Expect: "?\n", Reply: "T=3\nH=4\nOK\n"},
			driverstest.Step{Expect: "?\n", Reply: "T=5\n"},
		)
		p := newPort(t, serial.Options{Transport: serial.DialFunc(script.Dial), Devices: []serial.Device{d}})
		humidity := listen(t, p, "D", "H")
		run(t, p)
		v, err := read(t, p, "D", "T")
		wantValue(t, v, err, pv.Float64Value(21.5))
		v, err = read(t, p, "D", "LIST")
		wantValue(t, v, err, pv.ArrayValue([]int64{1, 2, 3, 4}))
		_, err = read(t, p, "D", "T")
		wantFault(t, err, pv.StatusTimeout, false, "no answer")
		v, err = read(t, p, "D", "T")
		wantValue(t, v, err, pv.Float64Value(3))
		_, err = read(t, p, "D", "T")
		wantFault(t, err, pv.StatusTimeout, false, `answer "T=5\n" stopped for 1s, expected 3 lines that end with "\n"`)
		if d := cmp.Diff([]float64{40, 4}, humidity.posted()); d != "" {
			t.Errorf("H (-want +got):\n%s", d)
		}
	})
}

// TestGapFraming: what comes unasked and has no terminator ends when nothing more comes; of
// a given length it begins anew after silence.
func TestGapFraming(t *testing.T) {
	empty := ""
	const gap = 20 * time.Millisecond
	steps := []driverstest.Step{
		{Reply: "T=1"},
		{Wait: gap / 2, Reply: "2"},
		{Wait: 2 * gap, Reply: "T="}, // broken off
		{Wait: 2 * gap, Reply: "T=34"},
	}
	for name, d := range map[string]serial.Device{
		"silence": {Name: "D", InTerminator: &empty, ReadTimeout: gap, Channels: []serial.Channel{{Name: "T", Receive: "T=%d"}}},
		"length":  {Name: "D", Length: 4, ReadTimeout: gap, Channels: []serial.Channel{{Name: "T", Receive: "T=%d"}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				script := driverstest.NewScript(t, steps...)
				p := newPort(t, serial.Options{Transport: serial.DialFunc(script.Dial), Devices: []serial.Device{d}})
				temp := listen(t, p, "D", "T")
				run(t, p)
				time.Sleep(10 * gap)
				if d := cmp.Diff([]float64{12, 34}, temp.posted()); d != "" {
					t.Errorf("T (-want +got):\n%s", d)
				}
				if n := p.Stats().Strays; n != 1 {
					t.Errorf("%d strays, want 1", n)
				}
			})
		})
	}
}

func echoing(echo serial.Echo, terminator string) serial.Device {
	return serial.Device{Name: "D", Echo: echo, InTerminator: &terminator, OutTerminator: &terminator, Channels: []serial.Channel{
		{Name: "A", Read: "A?", Reply: "%f"},
		{Name: "B", Write: "B%d"},
		{Name: "C", Receive: "C=%d"},
	}}
}

// TestEcho: the echo of a command is not its answer.
func TestEcho(t *testing.T) {
	scripted(t, echoing(serial.EchoCommand, "\r"), []driverstest.Step{
		{Expect: "A?\r", Reply: "A?\r1\r"},
		{Expect: "A?\r", Reply: "A?\r\n2\r"},
		{Expect: "A?\r", Reply: "A?\r"},
		{Wait: 10 * time.Millisecond, Reply: "\n3\r"},
		{Expect: "B4\r", Reply: "B4\r\n"},
		{Expect: "A?\r", Reply: "C=5\rA?\r6\r"},
		{Expect: "B7\r", Reply: "B8\r"},
		{Expect: "A?\r"},
		{Expect: "A?\r", Reply: "A?\r9\r"},
	}, func(t *testing.T, p *serial.Port) {
		for _, want := range []float64{1, 2, 3} {
			v, err := read(t, p, "D", "A")
			wantValue(t, v, err, pv.Float64Value(want))
		}
		if err := write(t, p, "D", "B", pv.Int64Value(4)); err != nil {
			t.Error(err)
		}
		v, err := read(t, p, "D", "A")
		wantValue(t, v, err, pv.Float64Value(6))
		wantFault(t, write(t, p, "D", "B", pv.Int64Value(7)), pv.StatusComm, false, `echo "B8", expected "B7\r"`)
		_, err = read(t, p, "D", "A")
		wantFault(t, err, pv.StatusTimeout, false, `no echo of "A?\r" within 1s`)
		time.Sleep(3 * time.Second)
		v, err = read(t, p, "D", "A")
		wantValue(t, v, err, pv.Float64Value(9))
	})
}

// TestCharacterEcho: no byte is sent before the last has come back.
func TestCharacterEcho(t *testing.T) {
	scripted(t, echoing(serial.EchoCharacter, "\n"), []driverstest.Step{
		{Expect: "A", Wait: time.Millisecond, Reply: "A"},
		{Expect: "?", Wait: time.Millisecond, Reply: "?"},
		{Expect: "\n", Reply: "\r\n1\r\n"},
		{Expect: "B", Reply: "B"},
		{Expect: "2"},
	}, func(t *testing.T, p *serial.Port) {
		v, err := read(t, p, "D", "A")
		wantValue(t, v, err, pv.Float64Value(1))
		wantFault(t, write(t, p, "D", "B", pv.Int64Value(2)), pv.StatusTimeout, false, `no echo of "2"`)
	})
}

// TestCharacterEchoOfTwo: the echo of a terminator of two bytes is each of them, or both for the
// first.
func TestCharacterEchoOfTwo(t *testing.T) {
	d := echoing(serial.EchoCharacter, "\r\n")
	d.Channels = []serial.Channel{{Name: "A", Read: "A", Reply: "%f"}}
	scripted(t, d, []driverstest.Step{
		{Expect: "A", Reply: "A"},
		{Expect: "\r", Wait: time.Millisecond, Reply: "\r"},
		{Expect: "\n", Wait: time.Millisecond, Reply: "\n1\r\n"},
		{Expect: "A", Reply: "A"},
		{Expect: "\r", Reply: "\r\n"},
		{Expect: "\n", Reply: "2\r\n"},
	}, func(t *testing.T, p *serial.Port) {
		for _, want := range []float64{1, 2} {
			v, err := read(t, p, "D", "A")
			wantValue(t, v, err, pv.Float64Value(want))
		}
	})
}

// TestInitEcho: a device that echoes has as long for the echo of an init command as for others.
func TestInitEcho(t *testing.T) {
	d := echoing(serial.EchoCommand, "\n")
	d.Init = []string{"I"}
	scripted(t, d, []driverstest.Step{
		{Expect: "I\n", Wait: 500 * time.Millisecond, Reply: "I\n"},
		{Expect: "A?\n", Reply: "A?\n1\n"},
	}, func(t *testing.T, p *serial.Port) {
		v, err := read(t, p, "D", "A")
		wantValue(t, v, err, pv.Float64Value(1))
	})
}

// TestCharDelay: a slow device gets the bytes of a command one by one.
func TestCharDelay(t *testing.T) {
	d := psu
	d.CharDelay = 2 * time.Millisecond
	scripted(t, d, []driverstest.Step{
		{Expect: "VOLT?\n", Reply: "1\n"},
		{Expect: "MODE CV\n", Reply: "OK\n"},
	}, func(t *testing.T, p *serial.Port) {
		begin := time.Now()
		v, err := read(t, p, "PS", "VOLT")
		wantValue(t, v, err, pv.Float64Value(1))
		if d := time.Since(begin); d != 10*time.Millisecond {
			t.Errorf("6 bytes took %v, want 5 pauses of 2ms", d)
		}
		if err := write(t, p, "PS", "MODE", pv.StringValue("CV")); err != nil {
			t.Error(err)
		}
	})
}

// TestDifferentEchoes: what one device does not echo would look wrong.
func TestDifferentEchoes(t *testing.T) {
	a, b := echoing(serial.EchoCommand, "\n"), psu
	_, err := serial.New(serial.Options{Transport: serial.TCP("192.0.2.1:1"), Devices: []serial.Device{a, b}})
	if err == nil || !strings.Contains(err.Error(), `device "PS": echo`) {
		t.Errorf("%v, want an error about the echo", err)
	}
}
