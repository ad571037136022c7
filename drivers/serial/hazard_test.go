package serial_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/pv"
)

// TestRemains: what is left of an answer that was given up is not a part of the next.
func TestRemains(t *testing.T) {
	for _, c := range []struct {
		name   string
		first  []driverstest.Step
		status pv.Status
	}{
		{"a piece of it", []driverstest.Step{{Wait: 1500 * time.Millisecond, Reply: "9"}}, pv.StatusTimeout},
		{"the end of it", []driverstest.Step{{Reply: strings.Repeat("1", 70<<10)}, {Wait: 500 * time.Millisecond, Reply: "9\n"}}, pv.StatusCalc},
	} {
		t.Run(c.name, func(t *testing.T) {
			steps := append([]driverstest.Step{{Expect: "VOLT?\n"}}, c.first...)
			scripted(t, psu, append(steps, driverstest.Step{Expect: "VOLT?\n", Reply: "12\n"}), func(t *testing.T, p *serial.Port) {
				_, err := read(t, p, "PS", "VOLT")
				wantFault(t, err, c.status, false, "")
				v, err := read(t, p, "PS", "VOLT")
				wantValue(t, v, err, pv.Float64Value(12))
			})
		})
	}
}

// TestNoise: bytes that begin no wanted line do not spoil the answer to the next
// question.
func TestNoise(t *testing.T) {
	d := serial.Device{Name: "ARD", Channels: []serial.Channel{
		{Name: "T", Receive: "T=%f"},
		{Name: "N", Read: "N?", Reply: "%d"},
	}}
	scripted(t, d, []driverstest.Step{
		{Reply: "9"},
		{Expect: "N?\n", Reply: "12\n"},
		{Reply: "T="},
		{Expect: "N?\n", Reply: "1\n13\n"},
	}, func(t *testing.T, p *serial.Port) {
		for _, want := range []int64{12, 13} {
			synctest.Wait()
			v, err := read(t, p, "ARD", "N")
			wantValue(t, v, err, pv.Int64Value(want))
		}
	})
}

// TestBabble: a device that never stops, where silence ends an answer, ends the wait all
// the same.
func TestBabble(t *testing.T) {
	empty := ""
	d := psu
	d.InTerminator = &empty
	synctest.Test(t, func(t *testing.T) {
		p := open(t, serial.Options{MaxLine: 1000, Devices: []serial.Device{d}, Transport: serial.DialFunc(func(context.Context) (serial.Conn, error) {
			return &slowConn{babble: 50 * time.Millisecond, done: make(chan struct{})}, nil
		})})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err := p.Channel("PS", "VOLT").(drivers.Reader).Read(ctx)
		wantFault(t, err, pv.StatusCalc, false, "more than 1000 bytes")
	})
}

// slowConn is a connection that takes its time.
type slowConn struct {
	babble time.Duration // between bytes to read; 0: nothing ever comes
	write  time.Duration // that a Write takes
	close  time.Duration // that Close takes

	done    chan struct{}
	mu      sync.Mutex
	written []string
}

func (c *slowConn) Read(b []byte) (int, error) {
	var next <-chan time.Time
	if c.babble > 0 {
		next = time.After(c.babble)
	}
	select {
	case <-c.done:
		return 0, io.EOF
	case <-next:
		b[0] = 'x'
		return 1, nil
	}
}

func (c *slowConn) Write(b []byte) (int, error) {
	time.Sleep(c.write)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.written = append(c.written, string(b))
	return len(b), nil
}

func (c *slowConn) Close() error {
	time.Sleep(c.close)
	close(c.done)
	return nil
}

// TestCloseWhileWriting: the on_exit values reach the device though a command is just
// being written, whatever ends that.
func TestCloseWhileWriting(t *testing.T) {
	d := serial.Device{Name: "PS", Channels: []serial.Channel{
		{Name: "VOLT", Write: "VOLT %d", Readback: "VOLT?", Reply: "%d", OnExit: pv.Int64Value(0)},
	}}
	for _, c := range []struct {
		name         string
		cancel, read bool
	}{{"write", false, false}, {"cancelled write", true, false}, {"question", false, true}, {"cancelled question", true, true}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn := &slowConn{write: 100 * time.Millisecond, done: make(chan struct{})}
				p := newPort(t, serial.Options{
					Transport: serial.DialFunc(func(context.Context) (serial.Conn, error) { return conn, nil }),
					Devices:   []serial.Device{d},
				})
				if err := p.Open(t.Context()); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var err error
				ended := make(chan struct{})
				// ends when the operation is given up
				go func() {
					defer close(ended)
					if c.read {
						_, err = p.Channel("PS", "VOLT").(drivers.Reader).Read(ctx)
					} else {
						err = p.Channel("PS", "VOLT").(drivers.Writer).Write(ctx, pv.Int64Value(5))
					}
				}()
				synctest.Wait()
				if c.cancel {
					cancel()
				}
				if err := p.Close(); err != nil {
					t.Error(err)
				}
				<-ended
				if err == nil {
					t.Error("the operation that was given up has no error")
				}
				first := "VOLT 5\n"
				if c.read {
					first = "VOLT?\n"
				}
				if d := cmp.Diff([]string{first, "VOLT 0\n"}, conn.written); d != "" {
					t.Errorf("written (-want +got):\n%s", d)
				}
			})
		})
	}
}

// TestExitOfAll: a device that does not acknowledge its on_exit value does not keep the
// others from theirs.
func TestExitOfAll(t *testing.T) {
	lamp := func(name string) serial.Device {
		return serial.Device{Name: name, Channels: []serial.Channel{
			{Name: "LAMP", Write: name + " %d", Reply: "OK", OnExit: pv.Int64Value(0)},
		}}
	}
	synctest.Test(t, func(t *testing.T) {
		conn := &slowConn{done: make(chan struct{})}
		p := newPort(t, serial.Options{
			Transport: serial.DialFunc(func(context.Context) (serial.Conn, error) { return conn, nil }),
			Devices:   []serial.Device{lamp("A"), lamp("B"), lamp("C")},
		})
		if err := p.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := p.Close()
		for _, name := range []string{"A:LAMP", "B:LAMP", "C:LAMP"} {
			if err == nil || !strings.Contains(err.Error(), "on_exit: "+name) {
				t.Errorf("Close: %v, want that %s did not answer", err, name)
			}
		}
		if d := cmp.Diff([]string{"A 0\n", "B 0\n", "C 0\n"}, conn.written); d != "" {
			t.Errorf("written (-want +got):\n%s", d)
		}
	})
}

// TestExitAfterAnswer: on a wire for one at a time, an on_exit value that is sent while a
// device answers is lost, and so is one that is not sent since the answer does not come.
func TestExitAfterAnswer(t *testing.T) {
	d := psu
	d.Channels = []serial.Channel{
		{Name: "VOLT", Read: "VOLT?", Reply: "%d"},
		{Name: "OUT", Write: "OUT %d", OnExit: pv.Int64Value(0)},
		{Name: "FAN", Write: "FAN %d", OnExit: pv.Int64Value(0)},
	}
	for _, c := range []struct {
		name    string
		answers []time.Duration // after the question: its halves
		sent    time.Duration   // after the question: the on_exit values
	}{
		{"none yet", []time.Duration{200 * time.Millisecond, 200 * time.Millisecond}, 200 * time.Millisecond},
		{"half of it", []time.Duration{50 * time.Millisecond, 200 * time.Millisecond}, 200 * time.Millisecond},
		{"none at all", nil, 275 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			here, there := net.Pipe()
			p := newPort(t, serial.Options{
				Transport: serial.DialFunc(func(context.Context) (serial.Conn, error) { return here, nil }),
				Devices:   []serial.Device{d},
			})
			if err := p.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
			asked := time.Now()
			var sent []string
			ended := make(chan struct{})
			go func() { // ends with the connection
				defer close(ended)
				for b := bufio.NewScanner(there); b.Scan(); {
					sent = append(sent, fmt.Sprint(b.Text(), " ", time.Since(asked)))
				}
			}()
			for i, after := range c.answers {
				time.AfterFunc(after, func() { _, _ = there.Write([]byte([]string{"1", "2\n"}[i])) })
			}
			time.AfterFunc(100*time.Millisecond, func() {
				if err := p.Close(); err != nil {
					t.Errorf("%s: Close: %v", c.name, err)
				}
			})
			_, err := read(t, p, "PS", "VOLT")
			wantFault(t, err, pv.StatusComm, true, "being closed")
			<-ended
			want := []string{"VOLT? 0s", fmt.Sprint("OUT 0 ", c.sent), fmt.Sprint("FAN 0 ", c.sent)}
			if d := cmp.Diff(want, sent); d != "" {
				t.Errorf("%s: sent (-want +got):\n%s", c.name, d)
			}
		})
	}
}

// TestStuckClose: a connection that does not close does not hold up Close.
func TestStuckClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := &slowConn{close: time.Minute, done: make(chan struct{})}
		p := newPort(t, serial.Options{
			Transport: serial.DialFunc(func(context.Context) (serial.Conn, error) { return conn, nil }),
			Devices:   []serial.Device{psu},
		})
		if err := p.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if err := p.Close(); err == nil || !strings.Contains(err.Error(), "does not close") {
			t.Errorf("Close: %v, want that it does not close", err)
		}
		if d := time.Since(begin); d > time.Second {
			t.Errorf("Close took %v", d)
		}
		<-conn.done
	})
}

// TestLastWords: lines that nobody asked for are heard though the far end hangs up right
// after them.
func TestLastWords(t *testing.T) {
	d := serial.Device{Name: "ARD", Channels: []serial.Channel{{Name: "T", Receive: "T=%f"}}}
	for range 20 { // which of the two Run sees first is up to the scheduler
		synctest.Test(t, func(t *testing.T) {
			script := driverstest.NewScript(t, driverstest.Step{Reply: "T=1\nT=2\n", Hangup: true})
			p := newPort(t, serial.Options{Transport: serial.DialFunc(script.Dial), Devices: []serial.Device{d}})
			temp := listen(t, p, "ARD", "T")
			if err := p.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			wantFault(t, p.Run(t.Context()), pv.StatusComm, true, "closed by the other end")
			if d := cmp.Diff([]float64{1, 2}, temp.posted()); d != "" {
				t.Errorf("T (-want +got):\n%s", d)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
