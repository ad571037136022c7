package modbus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/link"
	"github.com/ioclet/ioclet/pv"
)

func nobody(context.Context) (io.ReadWriteCloser, error) { return nil, drivers.ErrAbsent }

// far is the other end: it answers as Answer does, or as meddle makes of that.
type far struct {
	mode   Mode
	memory memory
	// meddle gets each request and its answer, writes what is to be heard instead, and reports
	// whether the line stays open; nil: the answer is heard.
	meddle func(conn io.Writer, request, answer []byte) bool

	mu       sync.Mutex
	requests []string
}

func (f *far) dial(context.Context) (io.ReadWriteCloser, error) {
	near, conn := net.Pipe()
	// ends with the connection
	go func() {
		defer conn.Close()
		var in []byte
		buf := make([]byte, 300)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			in = append(in, buf[:n]...)
			request := append([]byte(nil), in...)
			var answer []byte
			if answer, in = Answer(nil, in, f.mode, &f.memory); len(in) > 0 {
				continue
			}
			f.mu.Lock()
			f.requests = append(f.requests, fmt.Sprintf("%x", request))
			f.mu.Unlock()
			if f.meddle == nil {
				_, _ = conn.Write(answer)
			} else if !f.meddle(conn, request, answer) {
				return
			}
		}
	}()
	return near, nil
}

func (f *far) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.requests
	f.requests = nil
	return r
}

// with runs test with a driver of slaves behind f.
func with(t *testing.T, f *far, o Options, test func(t *testing.T, d *Driver)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.Dial, o.Mode = f.dial, f.mode
		if o.Log == nil {
			o.Log = slog.New(slog.DiscardHandler)
		}
		d, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		test(t, d)
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		time.Sleep(time.Second) // the far end notices
	})
}

func read(t *testing.T, d *Driver, slave, value int) (pv.Value, error) {
	t.Helper()
	return d.Channel(slave, value).(drivers.Reader).Read(t.Context())
}

func write(t *testing.T, d *Driver, slave, value int, v pv.Value) error {
	t.Helper()
	return d.Channel(slave, value).(drivers.Writer).Write(t.Context(), v)
}

func wantNumber(t *testing.T, v pv.Value, err error, want float64) {
	t.Helper()
	if err != nil || v.Float64() != want {
		t.Errorf("read %v, %v; want %v", v.Float64(), err, want)
	}
}

// wantFault checks the alarm of err, whether it is a loss, and a part of its text.
func wantFault(t *testing.T, err error, status pv.Status, lost bool, text string) {
	t.Helper()
	var f *drivers.Fault
	if !errors.As(err, &f) || f.Status != status || f.Lost != lost || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v (%+v), want a fault %v, lost %t, about %q", err, f, status, lost, text)
	}
}

var oven = Slave{Name: "OVEN", Unit: 1, Values: []Value{
	{Name: "A", Address: 10},
	{Name: "B", Address: 11, Write: true},
	{Name: "C", Address: 14, Type: Uint32},
	{Name: "LAMP", Table: Coil, Address: 3, Write: true},
}}

// TestReadTogether: values that stand together are asked for once a scan, and again after a
// write or when they are old.
func TestReadTogether(t *testing.T) {
	for _, mode := range []Mode{TCP, RTU} {
		f := &far{mode: mode}
		with(t, f, Options{Slaves: []Slave{oven}}, func(t *testing.T, d *Driver) {
			for i, want := range []float64{10, 11, 14<<16 + 15} {
				v, err := read(t, d, 0, i)
				wantNumber(t, v, err, want)
			}
			if n := len(f.asked()); n != 1 {
				t.Errorf("mode %d: %d requests for one scan", mode, n)
			}
			v, err := read(t, d, 0, 0) // another scan
			wantNumber(t, v, err, 10)
			time.Sleep(2 * shareTime)
			v, err = read(t, d, 0, 2)
			wantNumber(t, v, err, 14<<16+15)
			if n := len(f.asked()); n != 2 {
				t.Errorf("mode %d: %d requests, want one for a second scan and one for an old value", mode, n)
			}
			if err := write(t, d, 0, 1, pv.Float64Value(7)); err != nil {
				t.Error(err)
			}
			v, err = read(t, d, 0, 1)
			wantNumber(t, v, err, 7)
			if err := write(t, d, 0, 3, pv.EnumValue(1)); err != nil {
				t.Error(err)
			}
			v, err = read(t, d, 0, 3)
			wantNumber(t, v, err, 1)
			if n := len(f.asked()); n != 4 {
				t.Errorf("mode %d: %d requests, want two writes and two readbacks", mode, n)
			}
		})
	}
}

// TestRefusedBlock: values that a slave does not give together are read one by one, at once
// and from then on.
func TestRefusedBlock(t *testing.T) {
	f := &far{mode: RTU}
	f.memory.refuse = func(_ Table, address uint16, count int) error {
		if address <= 12 && int(address)+count > 12 { // there is no register 12
			return IllegalAddress
		}
		return nil
	}
	s := oven
	s.Values = append([]Value{}, s.Values[:3]...)
	s.Values = append(s.Values, Value{Name: "NOTHING", Address: 12})
	with(t, f, Options{Slaves: []Slave{s}}, func(t *testing.T, d *Driver) {
		for range 2 {
			for i, want := range []float64{10, 11, 14<<16 + 15} {
				v, err := read(t, d, 0, i)
				wantNumber(t, v, err, want)
			}
			_, err := read(t, d, 0, 3)
			wantFault(t, err, pv.StatusRead, false, "OVEN:NOTHING: exception 2, illegal data address")
		}
		if n := len(f.asked()); n != 9 {
			t.Errorf("%d requests, want one in vain and eight", n)
		}
	})
}

// TestBitOfRegister: the register is read, and written with its other bits as they are.
func TestBitOfRegister(t *testing.T) {
	f := &far{}
	with(t, f, Options{Slaves: []Slave{{Unit: 1, Multiple: true, Values: []Value{{Name: "B", Address: 0xf0, Type: Bit, Bit: 2, Write: true}}}}}, func(t *testing.T, d *Driver) {
		if err := write(t, d, 0, 0, pv.EnumValue(1)); err != nil {
			t.Error(err)
		}
		if d := cmp.Diff(map[uint16][]uint16{0xf0: {0xf4}}, f.memory.registers); d != "" {
			t.Errorf("registers (-want +got):\n%s", d)
		}
	})
}

// TestExceptions: what a slave refuses is an alarm of the one value.
func TestExceptions(t *testing.T) {
	f := &far{}
	f.memory.refuse = func(t Table, _ uint16, _ int) error {
		if t == Coil {
			return Busy
		}
		return IllegalValue
	}
	with(t, f, Options{Slaves: []Slave{oven}}, func(t *testing.T, d *Driver) {
		wantFault(t, write(t, d, 0, 1, pv.Int64Value(1)), pv.StatusWrite, false, "OVEN:B: exception 3, illegal data value")
		_, err := read(t, d, 0, 3)
		wantFault(t, err, pv.StatusRead, false, "OVEN:LAMP: exception 6, slave device busy")
		wantFault(t, write(t, d, 0, 1, pv.Int64Value(-1)), pv.StatusHwLimit, false, "takes 0 to 65535")
	})
}

// TestLateAnswer: an answer that comes after its time is not taken for the next.
func TestLateAnswer(t *testing.T) {
	for _, mode := range []Mode{TCP, RTU} {
		for _, late := range []time.Duration{1500 * time.Millisecond, 1999 * time.Millisecond} {
			f := &far{mode: mode}
			first := true
			f.meddle = func(conn io.Writer, _, answer []byte) bool {
				if first {
					first = false
					time.Sleep(late)
					f.memory.registers = map[uint16][]uint16{10: {99}}
				}
				_, _ = conn.Write(answer)
				return true
			}
			with(t, f, Options{Slaves: []Slave{oven}}, func(t *testing.T, d *Driver) {
				begin := time.Now()
				_, err := read(t, d, 0, 0)
				wantFault(t, err, pv.StatusTimeout, false, "no answer within 1s")
				v, err := read(t, d, 0, 0)
				wantNumber(t, v, err, 99)
				if took := time.Since(begin); took != late {
					t.Errorf("asked again after %v, want when the late answer has come, after %v", took, late)
				}
				if d.strays.Load() == 0 {
					t.Error("no strays are counted")
				}
			})
		}
	}
}

// TestGarbled: noise before an answer is skipped; an answer with errors is an alarm, and the
// next is good again.
func TestGarbled(t *testing.T) {
	f := &far{mode: RTU}
	var noise func(answer []byte) []byte
	f.meddle = func(conn io.Writer, _, answer []byte) bool {
		_, _ = conn.Write(noise(answer))
		return true
	}
	with(t, f, Options{Slaves: []Slave{oven}}, func(t *testing.T, d *Driver) {
		for _, c := range []struct {
			name  string
			noise func(answer []byte) []byte
			good  bool
		}{
			{"none", func(a []byte) []byte { return a }, true},
			{"before", func(a []byte) []byte { return append([]byte{0, 1, 3, 0xff}, a...) }, true},
			{"an echo of the request", func(a []byte) []byte {
				return append(appendFrame(nil, RTU, 0, 1, appendRead(nil, Holding, 10, 6)), a...)
			}, true},
			{"a wrong bit", func(a []byte) []byte { a[3] ^= 1; return a }, false},
			{"cut short", func(a []byte) []byte { return a[:5] }, false},
			{"another slave's", func(a []byte) []byte { return appendFrame(nil, RTU, 0, 2, a[1:len(a)-2]) }, false},
			{"another function's", func(a []byte) []byte { a[1] = 4; return appendFrame(nil, RTU, 0, 1, a[1:len(a)-2]) }, false},
			{"another length", func([]byte) []byte { return appendFrame(nil, RTU, 0, 1, []byte{3, 2, 0, 1}) }, false},
			{"none again", func(a []byte) []byte { return a }, true},
		} {
			noise = c.noise
			time.Sleep(time.Second)
			v, err := read(t, d, 0, 0)
			if c.good {
				wantNumber(t, v, err, 10)
			} else {
				wantFault(t, err, pv.StatusComm, false, "is no answer, or has a wrong checksum")
			}
		}
	})
}

// TestSlowLine: an answer that has begun in time is awaited to its end; what never ends is
// not.
func TestSlowLine(t *testing.T) {
	f := &far{mode: RTU}
	endless := false
	f.meddle = func(conn io.Writer, _, answer []byte) bool {
		babble := endless
		for i := 0; i < len(answer) || babble; i++ {
			b := []byte{0x55}
			if !babble {
				b[0] = answer[i]
			}
			time.Sleep(80 * time.Millisecond)
			if _, err := conn.Write(b); err != nil {
				return false
			}
		}
		return true
	}
	with(t, f, Options{Slaves: []Slave{{Unit: 1, Values: []Value{{Name: "A", Count: 30}}}}}, func(t *testing.T, d *Driver) {
		begin := time.Now()
		v, err := read(t, d, 0, 0)
		if err != nil || v.Len() != 30 || time.Since(begin) != 65*80*time.Millisecond {
			t.Errorf("%d registers, %v, after %v; want 30 after the time of 65 bytes", v.Len(), err, time.Since(begin))
		}
		endless = true
		_, err = read(t, d, 0, 0)
		wantFault(t, err, pv.StatusComm, false, "is no answer, or has a wrong checksum")
	})
}

// TestNotModbus: a stream that has lost its frames is given up.
func TestNotModbus(t *testing.T) {
	f := &far{meddle: func(conn io.Writer, _, _ []byte) bool {
		_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request")
		return true
	}}
	with(t, f, Options{Slaves: []Slave{oven}}, func(t *testing.T, d *Driver) {
		_, err := read(t, d, 0, 0)
		wantFault(t, err, pv.StatusComm, true, "no Modbus frame")
	})
}

// TestDeadSlave: one that does not answer is asked ever less often, and does not hold up
// the other; it is heard again when it answers.
func TestDeadSlave(t *testing.T) {
	f := &far{mode: RTU}
	f.memory.unit = 2
	dead := Slave{Name: "DEAD", Unit: 1, Values: []Value{{Name: "A"}}}
	alive := Slave{Name: "ALIVE", Unit: 2, Values: []Value{{Name: "A"}}}
	with(t, f, Options{Slaves: []Slave{dead, alive}}, func(t *testing.T, d *Driver) {
		begin := time.Now()
		var waited time.Duration
		for range 600 { // scans of 100 ms
			start := time.Now()
			_, err := read(t, d, 0, 0)
			wantFault(t, err, pv.StatusTimeout, false, "no answer")
			if !drivers.IsOfDevice(err) {
				t.Errorf("%v is not of the slave as a whole", err)
			}
			waited += time.Since(start)
			v, err := read(t, d, 1, 0)
			wantNumber(t, v, err, 0)
			time.Sleep(100 * time.Millisecond)
		}
		if n, most := d.timeouts.Load(), time.Since(begin)/5; n > 12 || waited > most {
			t.Errorf("%d requests to a dead slave, %v waited for it in %v", n, waited, time.Since(begin))
		}
		f.memory.unit = 0
		time.Sleep(link.MaxRetry)
		v, err := read(t, d, 0, 0)
		wantNumber(t, v, err, 0)
	})
}

// TestGateway: a slave that a gateway does not reach is left alone as one that does not
// answer, though the gateway does.
func TestGateway(t *testing.T) {
	f := &far{}
	f.memory.refuse = func(Table, uint16, int) error { return NoTarget }
	with(t, f, Options{Slaves: []Slave{oven}}, func(t *testing.T, d *Driver) {
		for range 100 { // scans of 100 ms
			_, err := read(t, d, 0, 0)
			wantFault(t, err, pv.StatusTimeout, false, "")
			if !drivers.IsOfDevice(err) {
				t.Errorf("%v is not of the slave as a whole", err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if n := len(f.asked()); n < 2 || n > 6 {
			t.Errorf("%d requests in 10 s, want ever fewer", n)
		}
		f.memory.refuse = nil
		time.Sleep(link.MaxRetry)
		v, err := read(t, d, 0, 0)
		wantNumber(t, v, err, 10)
	})
}

// TestDeaf: a connection on which nobody answers is made anew, over TCP.
func TestDeaf(t *testing.T) {
	f := &far{meddle: func(io.Writer, []byte, []byte) bool { return true }}
	with(t, f, Options{Slaves: []Slave{oven}}, func(t *testing.T, d *Driver) {
		for n := range 3 {
			_, err := read(t, d, 0, 0)
			wantFault(t, err, pv.StatusTimeout, n == 2, "no answer within 1s")
			time.Sleep(3 * time.Second)
		}
	})
}

// TestHangup: the end of the connection is known at once, by who waits for an answer and by
// Run.
func TestHangup(t *testing.T) {
	f := &far{meddle: func(io.Writer, []byte, []byte) bool { return false }}
	with(t, f, Options{Slaves: []Slave{oven}}, func(t *testing.T, d *Driver) {
		begin := time.Now()
		_, err := read(t, d, 0, 0)
		wantFault(t, err, pv.StatusComm, true, "closed by the other end")
		wantFault(t, d.Run(t.Context()), pv.StatusComm, true, "closed by the other end")
		if d := time.Since(begin); d != 0 {
			t.Errorf("known after %v", d)
		}
	})
}

// stuckConn takes nothing.
type stuckConn struct{ done chan struct{} }

func (c stuckConn) Read([]byte) (int, error)  { <-c.done; return 0, io.EOF }
func (c stuckConn) Write([]byte) (int, error) { <-c.done; return 0, io.ErrClosedPipe }
func (c stuckConn) Close() error              { close(c.done); return nil }

// TestStuckWrite: a request that the system does not take hangs nobody.
func TestStuckWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, err := New(Options{Slaves: []Slave{oven}, Log: slog.New(slog.DiscardHandler), Dial: func(context.Context) (io.ReadWriteCloser, error) {
			return stuckConn{make(chan struct{})}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err = read(t, d, 0, 0)
		wantFault(t, err, pv.StatusWrite, true, "did not take the command within 1s")
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestPause: requests keep their distance, also from what was on the line before.
func TestPause(t *testing.T) {
	f := &far{mode: RTU}
	with(t, f, Options{Pause: 50 * time.Millisecond, Slaves: []Slave{oven}}, func(t *testing.T, d *Driver) {
		begin := time.Now()
		for _, i := range []int{0, 3, 0} {
			if _, err := read(t, d, 0, i); err != nil {
				t.Error(err)
			}
		}
		if d := time.Since(begin); d != 100*time.Millisecond {
			t.Errorf("three requests took %v, want two pauses", d)
		}
	})
	for baud, want := range map[int]time.Duration{9600: 4010416 * time.Nanosecond, 19200: 2005208 * time.Nanosecond, 115200: 1750 * time.Microsecond, 0: 1750 * time.Microsecond} {
		if got := Silence(baud); got != want {
			t.Errorf("%d baud: %v between frames, want %v", baud, got, want)
		}
	}
}

// TestExit: OnExit values are written when the driver is closed, though a request waits just
// then and another slave does not answer.
func TestExit(t *testing.T) {
	f := &far{mode: RTU}
	f.memory.unit = 2
	values := []Value{{Name: "OUT", Table: Coil, Write: true, OnExit: pv.Int64Value(0)}, {Name: "SET", Address: 5, Write: true, OnExit: pv.Int64Value(20)}}
	synctest.Test(t, func(t *testing.T) {
		d, err := New(Options{Dial: f.dial, Mode: RTU, Log: slog.New(slog.DiscardHandler), Slaves: []Slave{
			{Name: "DEAD", Unit: 1, Values: values}, {Name: "ALIVE", Unit: 2, Values: values},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		// ends when it makes way for Close
		go func() { _, err := read(t, d, 0, 0); ended <- err }()
		synctest.Wait()
		begin := time.Now()
		if err := d.Close(); err == nil || !strings.Contains(err.Error(), "on_exit: DEAD:OUT") || strings.Contains(err.Error(), "ALIVE") {
			t.Errorf("Close: %v, want that the dead one did not answer", err)
		}
		if d := time.Since(begin); d > time.Second {
			t.Errorf("Close took %v", d)
		}
		wantFault(t, <-ended, pv.StatusComm, true, "being closed")
		if d := cmp.Diff(map[uint16][]uint16{0: {0}, 5: {20}}, f.memory.registers); d != "" {
			t.Errorf("registers (-want +got):\n%s", d)
		}
		if _, err := read(t, d, 0, 0); !drivers.IsLost(err) {
			t.Errorf("read of a closed driver: %v", err)
		}
		if err := d.Close(); err != nil {
			t.Errorf("second Close: %v", err)
		}
	})
}

// TestExitAfterAnswer: on a serial line the OnExit value is not written into the answer that
// is still to come to the request that made way for it: a slave that is busy hears nothing.
func TestExitAfterAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, line := net.Pipe()
		var heard [][]byte
		// ends with the connection
		go func() {
			buf := make([]byte, 300)
			for {
				n, err := line.Read(buf)
				if err != nil {
					return
				}
				request := bytes.Clone(buf[:n])
				heard = append(heard, request)
				answer, _ := Answer(nil, request, RTU, &memory{unit: 1})
				deaf := time.Now().Add(30 * time.Millisecond)
				for time.Now().Before(deaf) {
					_ = line.SetReadDeadline(deaf)
					_, _ = line.Read(buf)
				}
				_ = line.SetReadDeadline(time.Time{})
				_, _ = line.Write(answer)
			}
		}()
		d, err := New(Options{
			Dial: func(context.Context) (io.ReadWriteCloser, error) { return near, nil },
			Mode: RTU, Pause: 4 * time.Millisecond, Log: slog.New(slog.DiscardHandler),
			Slaves: []Slave{{Name: "OVEN", Unit: 1, Values: []Value{{Name: "OUT", Table: Coil, Write: true, OnExit: pv.Int64Value(0)}}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		// ends when it makes way for Close
		go func() { _, err := read(t, d, 0, 0); ended <- err }()
		synctest.Wait()
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		wantFault(t, <-ended, pv.StatusComm, true, "being closed")
		synctest.Wait()
		if len(heard) != 2 || heard[1][1] != writeCoil {
			t.Errorf("the slave has heard %x, want the coil written", heard)
		}
	})
}

// TestAbandonedWrite: a request that is given up while it is being written is sent and answered
// all the same; its answer is not taken for the next.
func TestAbandonedWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, line := net.Pipe()
		// ends with the connection
		go func() {
			buf := make([]byte, 300)
			for {
				time.Sleep(200 * time.Millisecond)
				n, err := line.Read(buf)
				if err != nil {
					return
				}
				answer, _ := Answer(nil, buf[:n], RTU, &memory{})
				_, _ = line.Write(answer)
			}
		}()
		d, err := New(Options{
			Dial: func(context.Context) (io.ReadWriteCloser, error) { return near, nil }, Mode: RTU, Log: slog.New(slog.DiscardHandler),
			Slaves: []Slave{{Name: "OVEN", Unit: 1, Values: []Value{{Address: 10}, {Address: 100}}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := d.Channel(0, 0).(drivers.Reader).Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want the end of the context", err)
		}
		v, err := read(t, d, 0, 1)
		wantNumber(t, v, err, 100)
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second) // the other end sees it
	})
}

// TestOnlyLateAnswers: answers to other requests do not keep one waiting for its own.
func TestOnlyLateAnswers(t *testing.T) {
	f := &far{mode: TCP}
	f.meddle = func(conn io.Writer, _, answer []byte) bool {
		answer[0]++ // its number
		for range 100 {
			time.Sleep(50 * time.Millisecond)
			if _, err := conn.Write(answer); err != nil {
				return false
			}
		}
		return true
	}
	with(t, f, Options{Slaves: []Slave{oven}}, func(t *testing.T, d *Driver) {
		begin := time.Now()
		_, err := read(t, d, 0, 0)
		wantFault(t, err, pv.StatusTimeout, false, "no answer within 1s")
		if took := time.Since(begin); took != time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestBadOptions(t *testing.T) {
	_, err := New(Options{Dial: nobody, Mode: RTU, Slaves: []Slave{
		{Unit: 0, MaxRead: 126, Values: []Value{{Name: "X", Table: 9}}},
		{Name: "A", Unit: 1, Order: 9},
		{Name: "C", Unit: 3, MaxRead: 3, Values: []Value{{Name: "Z", Type: Float64}, {Name: "BITS", Table: Coil, Count: 48}}},
		{Name: "B", Unit: 1, Values: []Value{{Name: "Y", Table: Coil, Write: true, OnExit: pv.Int64Value(2)}}},
	}})
	for _, want := range []string{
		`slave "unit 0": unit 0: expected 1 to 247`, `slave "unit 0": max_read 126`, `slave "unit 0": value "X": no table 9`,
		`slave "A": no order 9`,
		`slave "C": value "Z": 4 registers or bits: max_read allows 3`, `slave "B": unit 1 is that of "A" already`, `slave "B": value "Y": on_exit: 2 does not fit`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %q", err, want)
		}
	}
	if _, err := New(Options{}); err == nil {
		t.Error("no Dial is no error")
	}
	if _, err := New(Options{Dial: nobody, Mode: 7}); err == nil {
		t.Error("mode 7 is no error")
	}
}
