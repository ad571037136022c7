package serial_test

import (
	"bytes"
	"context"
	"errors"
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
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/pv"
)

// psu is a power supply as in the documentation.
var psu = serial.Device{
	Name: "PS",
	Channels: []serial.Channel{
		{Name: "ID", Read: "*IDN?", Reply: "%s"},
		{Name: "VOLT", Write: "VOLT %.3f", Readback: "VOLT?", Reply: "%f"},
		{Name: "CURR", Read: "MEAS:CURR?", Reply: "%f"},
		{Name: "OUT", Write: "OUTP %d", Readback: "OUTP?", Reply: "%d"},
		{Name: "MODE", Write: "MODE %{CV|CC}", Reply: "OK"},
	},
}

// open opens a port and runs it; both end with the test.
func open(t *testing.T, opts serial.Options) *serial.Port {
	t.Helper()
	p := newPort(t, opts)
	run(t, p)
	return p
}

func newPort(t *testing.T, opts serial.Options) *serial.Port {
	t.Helper()
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	p, err := serial.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func run(t *testing.T, p *serial.Port) {
	t.Helper()
	if err := p.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	// ends with ctx
	go func() { defer close(ended); _ = p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-ended
		if err := p.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}

// scripted runs test with a port of one device whose instrument follows steps.
func scripted(t *testing.T, d serial.Device, steps []driverstest.Step, test func(t *testing.T, p *serial.Port)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		script := driverstest.NewScript(t, steps...)
		test(t, open(t, serial.Options{Transport: serial.DialFunc(script.Dial), Devices: []serial.Device{d}}))
	})
}

func read(t *testing.T, p *serial.Port, device, name string) (pv.Value, error) {
	t.Helper()
	r, ok := p.Channel(device, name).(drivers.Reader)
	if !ok {
		t.Fatalf("channel %s:%s cannot be read", device, name)
	}
	return r.Read(t.Context())
}

func write(t *testing.T, p *serial.Port, device, name string, v pv.Value) error {
	t.Helper()
	w, ok := p.Channel(device, name).(drivers.Writer)
	if !ok {
		t.Fatalf("channel %s:%s cannot be written", device, name)
	}
	return w.Write(t.Context(), v)
}

func wantValue(t *testing.T, v pv.Value, err error, want pv.Value) {
	t.Helper()
	if err != nil || !v.Equal(want) {
		t.Errorf("read %v %q %v, %v; want %v %q %v", v.Kind(), v.Str(), v.Float64(), err, want.Kind(), want.Str(), want.Float64())
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

// sink remembers what it is given.
type sink struct {
	mu     sync.Mutex
	values []float64
	faults []error
}

func (s *sink) Post(v pv.Value, _ pv.Stamp, _ pv.Alarm) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values = append(s.values, v.Float64())
}

func (s *sink) Fault(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, err)
}

func (s *sink) posted() []float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]float64{}, s.values...)
}

func (s *sink) faulted() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]error{}, s.faults...)
}

func listen(t *testing.T, p *serial.Port, device, name string) *sink {
	t.Helper()
	n, ok := p.Channel(device, name).(drivers.Notifier)
	if !ok {
		t.Fatalf("channel %s:%s does not notify", device, name)
	}
	s := &sink{}
	n.Notify(s)
	return s
}

func TestTalk(t *testing.T) {
	scripted(t, psu, []driverstest.Step{
		{Expect: "*IDN?\n", Reply: "ACME INC.,PSU 3000,7,1.0\r\n"},
		{Expect: "VOLT 12.500\n"},
		{Expect: "VOLT?\n", Reply: "12.5\n"},
		{Expect: "OUTP 1\n"},
		{Expect: "OUTP?\n", Reply: "1\n"},
		{Expect: "MODE CC\n", Reply: "OK\n"},
		{Expect: "MODE CV\n", Reply: "OK\n"},
		{Expect: "MODE CC\n", Reply: "ERR 7\n"},
	}, func(t *testing.T, p *serial.Port) {
		v, err := read(t, p, "PS", "ID")
		wantValue(t, v, err, pv.StringValue("ACME INC.,PSU 3000,7,1.0"))
		if err := write(t, p, "PS", "VOLT", pv.Float64Value(12.5)); err != nil {
			t.Error(err)
		}
		v, err = read(t, p, "PS", "VOLT")
		wantValue(t, v, err, pv.Float64Value(12.5))
		if err := write(t, p, "PS", "OUT", pv.EnumValue(1)); err != nil {
			t.Error(err)
		}
		v, err = read(t, p, "PS", "OUT")
		wantValue(t, v, err, pv.Int64Value(1))
		if err := write(t, p, "PS", "MODE", pv.EnumValue(1)); err != nil {
			t.Error(err)
		}
		if err := write(t, p, "PS", "MODE", pv.StringValue("CV")); err != nil {
			t.Error(err)
		}
		wantFault(t, write(t, p, "PS", "MODE", pv.EnumValue(1)), pv.StatusCalc, false, `"ERR 7"`)
		wantFault(t, write(t, p, "PS", "MODE", pv.EnumValue(9)), pv.StatusHwLimit, false, "MODE")
		want := serial.Stats{BytesOut: 61, BytesIn: 45, Commands: 8, Answers: 5, Mismatches: 1}
		if d := cmp.Diff(want, p.Stats()); d != "" {
			t.Errorf("statistics (-want +got):\n%s", d)
		}
	})
}

// TestLateAnswer: an answer that comes after its timeout is not taken for that of
// the next question, whether it comes before or after that is asked.
func TestLateAnswer(t *testing.T) {
	for _, c := range []struct {
		name string
		late time.Duration // of the first answer
	}{
		{"between", 1200 * time.Millisecond},
		{"after the next question was made", 1700 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			scripted(t, psu, []driverstest.Step{
				{Expect: "VOLT?\n", Wait: c.late, Reply: "12\n"},
				{Expect: "MEAS:CURR?\n", Reply: "3\n"},
			}, func(t *testing.T, p *serial.Port) {
				_, err := read(t, p, "PS", "VOLT")
				wantFault(t, err, pv.StatusTimeout, false, "no answer within 1s")
				time.Sleep(500 * time.Millisecond)
				v, err := read(t, p, "PS", "CURR")
				wantValue(t, v, err, pv.Float64Value(3))
				if s := p.Stats(); s.Strays != 1 || s.Timeouts != 1 {
					t.Errorf("statistics %+v, want one stray and one timeout", s)
				}
			})
		})
	}
}

// TestLateAnswerOfAnother: a line that does not fit while an answer is due is skipped.
func TestLateAnswerOfAnother(t *testing.T) {
	d := serial.Device{Name: "G", Timeout: 100 * time.Millisecond, Channels: []serial.Channel{
		{Name: "P1", Read: "1PR?", Reply: "1:%f"},
		{Name: "P2", Read: "2PR?", Reply: "2:%f"},
	}}
	scripted(t, d, []driverstest.Step{
		{Expect: "1PR?\n"},
		{Expect: "2PR?\n", Reply: "1:5\n"},
		{Wait: 50 * time.Millisecond, Reply: "2:7\n"},
		{Expect: "2PR?\n", Reply: "1:5\n"},
	}, func(t *testing.T, p *serial.Port) {
		_, err := read(t, p, "G", "P1")
		wantFault(t, err, pv.StatusTimeout, false, "no answer")
		v, err := read(t, p, "G", "P2")
		wantValue(t, v, err, pv.Float64Value(7))
		_, err = read(t, p, "G", "P2")
		wantFault(t, err, pv.StatusCalc, false, `"1:5" does not fit`)
	})
}

// TestAnswers: what becomes of the bytes that follow a question.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name   string
		pieces []driverstest.Step
		status pv.Status // none: the value is 12
		text   string
	}{
		{"in pieces", []driverstest.Step{{Reply: "1"}, {Wait: 900 * time.Millisecond, Reply: "2"}, {Wait: 900 * time.Millisecond, Reply: "\n"}}, 0, ""},
		{"stops", []driverstest.Step{{Reply: "1"}, {Wait: 1100 * time.Millisecond, Reply: "2\n"}}, pv.StatusTimeout, `answer "1" stopped`},
		{"garbage", []driverstest.Step{{Reply: "\x00\xffabc\n"}}, pv.StatusCalc, `"\x00\xFFabc" does not fit "%f"`},
		{"too much", []driverstest.Step{{Reply: "12 V\n"}}, pv.StatusCalc, "expected the end of the input"},
		{"empty", []driverstest.Step{{Reply: "\n"}}, pv.StatusCalc, "input too short"},
		{"endless", []driverstest.Step{{Reply: strings.Repeat("1", 70<<10)}}, pv.StatusCalc, "more than 65536 bytes"},
		{"two lines", []driverstest.Step{{Reply: "12\n13\n"}}, 0, ""},
		{"silence", []driverstest.Step{}, pv.StatusTimeout, "no answer within 1s"},
		{"hang-up", []driverstest.Step{{Hangup: true}}, pv.StatusComm, "connection lost: closed by the other end"},
		{"last words", []driverstest.Step{{Reply: "12\n", Hangup: true}}, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			steps := append([]driverstest.Step{{Expect: "VOLT?\n"}}, c.pieces...)
			scripted(t, psu, steps, func(t *testing.T, p *serial.Port) {
				v, err := read(t, p, "PS", "VOLT")
				if c.status == pv.StatusNone {
					wantValue(t, v, err, pv.Float64Value(12))
				} else {
					wantFault(t, err, c.status, c.status == pv.StatusComm, c.text)
				}
				time.Sleep(time.Second) // let the script end
			})
		})
	}
}

// TestStaleInput: what came before a question is not its answer.
func TestStaleInput(t *testing.T) {
	scripted(t, psu, []driverstest.Step{
		{Reply: "99\n98\n9"},
		{Expect: "VOLT?\n", Reply: "12\n"},
	}, func(t *testing.T, p *serial.Port) {
		synctest.Wait()
		v, err := read(t, p, "PS", "VOLT")
		wantValue(t, v, err, pv.Float64Value(12))
	})
}

// TestDeadDeviceDoesNotStarveOthers: a device that does not answer is left alone ever longer and costs
// the other on the port little.
func TestDeadDeviceDoesNotStarveOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gauge := func(name, command string) serial.Device {
			return serial.Device{Name: name, Timeout: 100 * time.Millisecond, Channels: []serial.Channel{{Name: "P", Read: command, Reply: "%f"}}}
		}
		alive := true
		asked := 0
		peer := func(line string) string {
			switch {
			case line == "A":
				return "1\n"
			case alive:
				return "2\n"
			}
			asked++
			return ""
		}
		p := open(t, serial.Options{
			Transport: answering(peer), Devices: []serial.Device{gauge("G1", "A"), gauge("G2", "B")},
		})
		both := func() (error, error) {
			_, err1 := read(t, p, "G1", "P")
			_, err2 := read(t, p, "G2", "P")
			return err1, err2
		}
		if err1, err2 := both(); err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		alive = false
		begin, rounds := time.Now(), 0
		for ; time.Since(begin) < time.Minute; rounds++ {
			err1, err2 := both()
			if err1 != nil {
				t.Errorf("the healthy device: %v", err1)
			}
			wantFault(t, err2, pv.StatusTimeout, false, "G2:P: no answer")
			if !drivers.IsOfDevice(err2) {
				t.Errorf("%v is not of the device as a whole", err2)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if asked > 15 || rounds < 550 {
			t.Errorf("dead device asked %d times in a minute, healthy one %d times", asked, rounds)
		}
		alive = true
		time.Sleep(10 * time.Second)
		if err1, err2 := both(); err1 != nil || err2 != nil {
			t.Error(err1, err2)
		}
	})
}

// answering connects to a peer that answers each line.
func answering(answer func(line string) string) serial.DialFunc {
	return func(context.Context) (serial.Conn, error) {
		near, far := net.Pipe()
		// ends when either end is closed
		go func() {
			defer far.Close()
			buf := make([]byte, 4096)
			for {
				n, err := far.Read(buf)
				if err != nil {
					return
				}
				if a := answer(strings.TrimSuffix(string(buf[:n]), "\n")); a != "" {
					if _, err := io.WriteString(far, a); err != nil {
						return
					}
				}
			}
		}()
		return near, nil
	}
}

// TestReconnect: when nobody answers any more the connection is made anew.
func TestReconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := open(t, serial.Options{
			Transport: answering(func(string) string { return "" }), ReconnectAfter: 3,
			Devices: []serial.Device{psu},
		})
		for i := range 3 {
			_, err := read(t, p, "PS", "VOLT")
			wantFault(t, err, pv.StatusTimeout, i == 2, "no answer")
			time.Sleep(3 * time.Second)
		}
	})
}

// TestReconnectEchoing: a device that only echoes what it is told is missed, too, and not before
// the third time.
func TestReconnectEchoing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := open(t, serial.Options{
			Transport: answering(func(string) string { return "" }), ReconnectAfter: 3,
			Devices: []serial.Device{{Name: "D", Echo: serial.EchoCommand, Channels: []serial.Channel{{Name: "A", Write: "A"}}}},
		})
		for i := range 3 {
			wantFault(t, write(t, p, "D", "A", pv.EnumValue(1)), pv.StatusTimeout, i == 2, "no echo")
			time.Sleep(3 * time.Second)
		}
	})
}

// TestUnasked: lines that come by themselves, one with a value for another channel,
// also between a question and its answer.
func TestUnasked(t *testing.T) {
	d := serial.Device{Name: "ARD", StaleAfter: 5 * time.Second, Channels: []serial.Channel{
		{Name: "T", Receive: "T=%f H=%(H)f"},
		{Name: "H"},
		{Name: "LED", Write: "L%d", Reply: "ok"},
	}}
	synctest.Test(t, func(t *testing.T) {
		script := driverstest.NewScript(t, []driverstest.Step{
			{Reply: "T=20.5 H=40\r\nboot\r\nT=2"},
			{Expect: "L1\n", Reply: "1 H=41\nok\nT=22 H=42\n"},
			{Wait: 20 * time.Second, Reply: "T=23 H=43\n"},
		}...)
		p := newPort(t, serial.Options{Transport: serial.DialFunc(script.Dial), Devices: []serial.Device{d}})
		temp, hum := listen(t, p, "ARD", "T"), listen(t, p, "ARD", "H")
		run(t, p)
		synctest.Wait()
		if err := write(t, p, "ARD", "LED", pv.Int64Value(1)); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if d := cmp.Diff([]float64{20.5, 21, 22}, temp.posted()); d != "" {
			t.Errorf("T (-want +got):\n%s", d)
		}
		if f := temp.faulted(); len(f) != 0 {
			t.Errorf("faults %v before the time", f)
		}
		time.Sleep(19 * time.Second)
		if ft, fh := temp.faulted(), hum.faulted(); len(ft) != 1 || len(fh) != 1 {
			t.Errorf("%d and %d faults in silence, want one each", len(ft), len(fh))
		} else {
			wantFault(t, ft[0], pv.StatusTimeout, false, "nothing received for 5s")
		}
		time.Sleep(7 * time.Second)
		if d := cmp.Diff([]float64{40, 41, 42, 43}, hum.posted()); d != "" {
			t.Errorf("H (-want +got):\n%s", d)
		}
		if f := hum.faulted(); len(f) != 2 {
			t.Errorf("%d faults after a second silence, want two", len(f))
		}
	})
}

// TestRedirectedAnswer: a second value in an answer.
func TestRedirectedAnswer(t *testing.T) {
	d := serial.Device{Name: "S", Channels: []serial.Channel{
		{Name: "BEGIN", Read: "ROI?", Reply: "%d,%(END)d"},
		{Name: "END"},
	}}
	synctest.Test(t, func(t *testing.T) {
		script := driverstest.NewScript(t, driverstest.Step{Expect: "ROI?\n", Reply: "3,9\n"}, driverstest.Step{Expect: "ROI?\n", Reply: "3;9\n"})
		p := newPort(t, serial.Options{Transport: serial.DialFunc(script.Dial), Devices: []serial.Device{d}})
		end := listen(t, p, "S", "END")
		run(t, p)
		v, err := read(t, p, "S", "BEGIN")
		wantValue(t, v, err, pv.Int64Value(3))
		if d := cmp.Diff([]float64{9}, end.posted()); d != "" {
			t.Errorf("END (-want +got):\n%s", d)
		}
		_, err = read(t, p, "S", "BEGIN")
		wantFault(t, err, pv.StatusCalc, false, `"3;9"`)
		if f := end.faulted(); len(f) != 1 {
			t.Errorf("%d faults of END, want one", len(f))
		} else {
			wantFault(t, f[0], pv.StatusCalc, false, "S:BEGIN")
		}
	})
}

// TestFraming: terminators other than the default, and none.
func TestFraming(t *testing.T) {
	for _, c := range []struct {
		name    string
		in, out string
		steps   []driverstest.Step
	}{
		{"different", "\r\n>", "\r", []driverstest.Step{{Expect: "VOLT?\r", Reply: "12\r\n>"}}},
		{"none", "", "", []driverstest.Step{{Expect: "VOLT?", Reply: "1"}, {Wait: 90 * time.Millisecond, Reply: "2"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := psu
			d.InTerminator, d.OutTerminator = &c.in, &c.out
			scripted(t, d, c.steps, func(t *testing.T, p *serial.Port) {
				v, err := read(t, p, "PS", "VOLT")
				wantValue(t, v, err, pv.Float64Value(12))
			})
		})
	}
}

func TestArray(t *testing.T) {
	d := serial.Device{Name: "SCOPE", Channels: []serial.Channel{
		{Name: "TRACE", Read: "CURV?", Reply: "%f", Separator: ",", Count: 4},
		{Name: "TABLE", Write: "%d", Separator: " ", Count: 3},
	}}
	scripted(t, d, []driverstest.Step{
		{Expect: "CURV?\n", Reply: "1,2.5,-3\n"},
		{Expect: "CURV?\n", Reply: "1,2,3,4,5\n"},
		{Expect: "CURV?\n", Reply: "1;2\n"},
		{Expect: "7 8\n"},
	}, func(t *testing.T, p *serial.Port) {
		v, err := read(t, p, "SCOPE", "TRACE")
		wantValue(t, v, err, pv.ArrayValue([]float64{1, 2.5, -3}))
		_, err = read(t, p, "SCOPE", "TRACE")
		wantFault(t, err, pv.StatusCalc, false, "no more than 4 elements")
		_, err = read(t, p, "SCOPE", "TRACE")
		wantFault(t, err, pv.StatusCalc, false, "separator")
		if err := write(t, p, "SCOPE", "TABLE", pv.ArrayValue([]int32{7, 8})); err != nil {
			t.Error(err)
		}
		wantFault(t, write(t, p, "SCOPE", "TABLE", pv.ArrayValue([]int32{1, 2, 3, 4})), pv.StatusHwLimit, false, "at most 3")
	})
}

// TestLongArray: an answer with as many elements as the channel takes is not too long.
func TestLongArray(t *testing.T) {
	d := serial.Device{Name: "SCOPE", Channels: []serial.Channel{
		{Name: "TRACE", Read: "CURV?", Reply: "%f", Separator: ",", Count: 10000},
	}}
	points := strings.Repeat("-1.234567e-01,", 10000)
	scripted(t, d, []driverstest.Step{{Expect: "CURV?\n", Reply: strings.TrimSuffix(points, ",") + "\n"}}, func(t *testing.T, p *serial.Port) {
		if v, err := read(t, p, "SCOPE", "TRACE"); err != nil || v.Len() != 10000 {
			t.Errorf("%d elements, %v; want 10000", v.Len(), err)
		}
	})
}

// TestOpenClose: init commands come at each Open, on_exit values at each Close.
func TestOpenClose(t *testing.T) {
	d := serial.Device{Name: "PS", Init: []string{"*CLS"}, Channels: []serial.Channel{
		{Name: "OUT", Write: "OUTP %d", OnExit: pv.EnumValue(0)},
		{Name: "LAMP", Write: "LAMP %{OFF|ON}", Reply: "OK", OnExit: pv.StringValue("OFF")},
	}}
	synctest.Test(t, func(t *testing.T) {
		round := []driverstest.Step{{Expect: "*CLS\n"}, {Expect: "OUTP 0\n"}, {Expect: "LAMP OFF\n", Reply: "OK\n"}}
		script := driverstest.NewScript(t, append(round, round...)...)
		p := newPort(t, serial.Options{Transport: serial.DialFunc(script.Dial), Delay: 10 * time.Millisecond, Devices: []serial.Device{d}})
		for range 2 {
			if err := p.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := p.Close(); err != nil {
					t.Error(err)
				}
			}
		}
		wantFault(t, write(t, p, "PS", "OUT", pv.Int64Value(1)), pv.StatusComm, true, "not open")
	})
}

// TestCloseInterrupts: Close ends a Read under way and does not wait for a dead
// instrument.
func TestCloseInterrupts(t *testing.T) {
	d := psu
	d.Timeout = time.Hour
	d.Channels = append([]serial.Channel{}, psu.Channels...)
	d.Channels[4].OnExit = pv.StringValue("CV") // wants an acknowledgement
	synctest.Test(t, func(t *testing.T) {
		p := newPort(t, serial.Options{Transport: answering(func(string) string { return "" }), Devices: []serial.Device{d}})
		if err := p.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		var err error
		done := make(chan struct{})
		go func() { defer close(done); _, err = read(t, p, "PS", "VOLT") }()
		synctest.Wait()
		begin := time.Now()
		if err := p.Close(); err == nil || !strings.Contains(err.Error(), "on_exit: PS:MODE: ") {
			t.Errorf("Close: %v, want what it could not write", err)
		}
		if d := time.Since(begin); d > time.Second {
			t.Errorf("Close took %v", d)
		}
		<-done
		wantFault(t, err, pv.StatusComm, true, "being closed")
	})
}

// TestStuckWrite: a peer that does not take a command costs no more than the write
// timeout, and Close returns.
func TestStuckWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		p := newPort(t, serial.Options{
			Transport: serial.DialFunc(func(context.Context) (serial.Conn, error) { return near, nil }),
			Devices:   []serial.Device{psu},
		})
		if err := p.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := write(t, p, "PS", "VOLT", pv.Float64Value(1))
		wantFault(t, err, pv.StatusWrite, true, "did not take the command within 1s")
		wantFault(t, p.Run(t.Context()), pv.StatusComm, true, "did not take the command")
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestContext: Read and Write end with their context.
func TestContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := open(t, serial.Options{Transport: answering(func(string) string { return "" }), Devices: []serial.Device{psu}})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if _, err := p.Channel("PS", "VOLT").(drivers.Reader).Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Read: %v, want the context's error", err)
		}
	})
}

// TestTrace: Debug shows every line, escaped.
func TestTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		script := driverstest.NewScript(t, driverstest.Step{Expect: "VOLT?\n", Reply: "1\x02\n"})
		p := open(t, serial.Options{
			Name: "left", Transport: serial.DialFunc(script.Dial), Devices: []serial.Device{psu},
			Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		})
		_, err := read(t, p, "PS", "VOLT")
		wantFault(t, err, pv.StatusCalc, false, "does not fit")
		for _, want := range []string{`port=left`, `device=PS`, `msg="serial: sent" `, `"\"VOLT?\\n\""`, `"\"1\\x02\""`} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("log lacks %s:\n%s", want, log.String())
			}
		}
	})
}

// TestFaces: a channel can do what it has lines for, and nothing else.
func TestFaces(t *testing.T) {
	d := serial.Device{Name: "D", Channels: []serial.Channel{
		{Name: "r", Read: "A", Reply: "%f %(n)f %(rn)*f %(wn)f %(rwn)f"},
		{Name: "w", Write: "B"},
		{Name: "n"},
		{Name: "rw", Write: "B", Readback: "C", Reply: "%d"},
		{Name: "rn", Read: "A", Reply: "%f", Receive: "%d"},
		{Name: "wn", Write: "B"},
		{Name: "rwn", Write: "B", Readback: "C", Reply: "%d"},
	}}
	p := newPort(t, serial.Options{Transport: serial.TCP("192.0.2.1:1"), Devices: []serial.Device{d}})
	for i, c := range p.Channels() {
		name := d.Channels[i].Name
		_, r := c.(drivers.Reader)
		_, w := c.(drivers.Writer)
		_, n := c.(drivers.Notifier)
		if r != strings.Contains(name, "r") || w != strings.Contains(name, "w") || n != strings.Contains(name, "n") {
			t.Errorf("%s: reads %t, writes %t, notifies %t", name, r, w, n)
		}
		if c.Name() != "D:"+name {
			t.Errorf("name %q, want %q", c.Name(), "D:"+name)
		}
	}
}

// TestBadOptions: each mistake is told with its place, all at once.
func TestBadOptions(t *testing.T) {
	empty, yes := "", []pv.Value{pv.Int64Value(1)}
	for _, c := range []struct {
		channel serial.Channel
		want    string
	}{
		{serial.Channel{Name: "X"}, "neither a line nor"},
		{serial.Channel{Name: "X", Read: "A %f", Reply: "%f"}, "no value to print"},
		{serial.Channel{Name: "X", Read: "A"}, "read needs one"},
		{serial.Channel{Name: "X", Read: "A", Reply: "OK"}, "yields no value"},
		{serial.Channel{Name: "X", Read: "A", Reply: "%f %f"}, "second value"},
		{serial.Channel{Name: "X", Read: "A", Reply: "%f %(NO)f"}, `no channel "NO"`},
		{serial.Channel{Name: "X", Read: "A", Reply: "%q"}, "column 2"},
		{serial.Channel{Name: "X", Read: "A", Readback: "B", Reply: "%f"}, "one of them asks"},
		{serial.Channel{Name: "X", Write: "%f %f"}, "a channel has one value"},
		{serial.Channel{Name: "X", Write: "%(Y)f"}, "redirects an answer"},
		{serial.Channel{Name: "X", Reply: "%f"}, "nothing is asked"},
		{serial.Channel{Name: "X", Receive: "%f", Length: -1}, "length: -1: expected 1 to 65536 bytes"},
		{serial.Channel{Name: "X", Read: "A", Reply: "%f", Replies: 2}, "replies: 2: expected lines of reply, each with a terminator"},
		{serial.Channel{Name: "X", Read: "A", Reply: "%f", OnExit: pv.Int64Value(0)}, "cannot be set"},
		{serial.Channel{Name: "X", Write: "%{A|B}", OnExit: pv.StringValue("C")}, "on_exit"},
		{serial.Channel{Name: "X", Read: "A", Reply: "%f", Count: -1}, "negative"},
		{serial.Channel{Name: "X", Read: "A", Reply: "%f", Done: &serial.Done{Ask: "B", Reply: "%d", Until: yes}}, "done: a channel without write"},
		{serial.Channel{Name: "X", Write: "A", Done: &serial.Done{Ask: "B %d", Reply: "%d", Until: yes}}, "done: ask: "},
		{serial.Channel{Name: "X", Write: "A", Done: &serial.Done{Ask: "B", Reply: "OK", Until: yes}}, "done: reply: "},
		{serial.Channel{Name: "X", Write: "A", Done: &serial.Done{Ask: "B", Reply: "%q", Until: yes}}, "done: reply: "},
		{serial.Channel{Name: "X", Write: "A", Done: &serial.Done{Ask: "B", Reply: "%d"}}, "done: a question and the answers"},
	} {
		_, err := serial.New(serial.Options{
			Transport: serial.TCP("192.0.2.1:1"),
			Devices:   []serial.Device{{Name: "D", InTerminator: &empty, Channels: []serial.Channel{c.channel}}},
		})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `device "D": channel "X"`) {
			t.Errorf("%+v: error %v, want %q", c.channel, err, c.want)
		}
	}
	if _, err := serial.New(serial.Options{}); err == nil {
		t.Error("no transport: no error")
	}
}

// TestTCP: an instrument on the network.
func TestTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	script := driverstest.NewScript(t, driverstest.Step{Expect: "VOLT?\n", Reply: "12\n", Hangup: true})
	// ends when the script hangs up or l is closed
	go func() {
		if conn, err := l.Accept(); err == nil {
			script.Play(conn)
		}
	}()
	p := newPort(t, serial.Options{Transport: serial.TCP(l.Addr().String()), Devices: []serial.Device{psu}})
	if err := p.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	v, err := read(t, p, "PS", "VOLT")
	wantValue(t, v, err, pv.Float64Value(12))
	wantFault(t, p.Run(t.Context()), pv.StatusComm, true, "closed by the other end")
	if err := errors.Join(p.Close(), l.Close()); err != nil {
		t.Error(err)
	}
	wantFault(t, p.Open(t.Context()), pv.StatusComm, true, "connection refused")
}
