package ioc_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/pv"
)

func TestEveryTypeIsServed(t *testing.T) {
	bench := ioc.New("B:")
	bench.Float("F", ioc.Initial(1.5), ioc.Units("C"), ioc.Precision(2), ioc.Field("HYST", "0.5"), ioc.Deadband(1, 2), ioc.Display(0, 9), ioc.Description("first"))
	bench.Int("I", ioc.Initial(-3))
	bench.Enum("E", []string{"Off", "On"}, ioc.Initial("On"), ioc.StateAlarms(pv.NoAlarm, pv.Major))
	bench.Enum("M", []string{"Red", "Green", "Blue"}, ioc.Initial(2))
	bench.Text("T", ioc.Initial("hello"))
	long := strings.Repeat("long ", 20)
	bench.LongText("L", 200, ioc.Initial(long))
	bench.Floats("A", 4, ioc.Initial([]float64{1, 2, 3, 4, 5}))
	bench.Float("U")
	r := run(t, bench)
	r.wantGet("B:F", "1.5 NO_ALARM")
	r.wantGet("B:I", "-3 NO_ALARM")
	r.wantGet("B:E", "1 MAJOR/STATE")
	r.wantGet("B:M", "2 NO_ALARM")
	r.wantGet("B:T", "hello NO_ALARM")
	r.wantGet("B:A", "[1 2 3 4] NO_ALARM")
	r.wantGet("B:U", "0 INVALID/UDF")
	for name, want := range map[string]string{
		"B:F": "1.50", "B:F.EGU": "C", "B:F.RTYP": "ao", "B:F.HYST": "0.50",
		"B:F.MDEL": "1.00", "B:F.ADEL": "2.00", "B:F.HOPR": "9.00", "B:F.DESC": "first", "B:I.RTYP": "longout", "B:E": "On", "B:E.RTYP": "bo",
		"B:M": "Blue", "B:M.RTYP": "mbbo", "B:T.RTYP": "stringout", "B:L.RTYP": "lso", "B:A.RTYP": "aao",
	} {
		if got := r.text(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	d, err := r.client.Channel("B:L.VAL$").Get(t.Context(), client.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := pv.Elements[uint8](d.Sample.Value); strings.TrimRight(string(b), "\x00") != long {
		t.Errorf("long text %q", b)
	}
}

func TestSetGetAndLimits(t *testing.T) {
	bench := ioc.New("")
	temp := bench.Float("TEMP", ioc.ReadOnly(), ioc.Low(0, pv.Minor), ioc.LoLo(-10, pv.Major), ioc.High(40, pv.Minor), ioc.HiHi(80, pv.Major))
	count := bench.Int("COUNT")
	color := bench.Enum("COLOR", []string{"Red", "Green", "Blue"})
	name := bench.Text("NAME")
	curve := bench.Floats("CURVE", 3)
	for _, tt := range []struct {
		set  func()
		get  func() any
		want string
		rec  *record.Record
	}{
		{func() { temp.Set(20) }, func() any { return temp.Get() }, "20 NO_ALARM", temp.Record()},
		{func() { temp.Set(41) }, func() any { return temp.Get() }, "41 MINOR/HIGH", temp.Record()},
		{func() { temp.Set(90) }, func() any { return temp.Get() }, "90 MAJOR/HIHI", temp.Record()},
		{func() { temp.Set(-1) }, func() any { return temp.Get() }, "-1 MINOR/LOW", temp.Record()},
		{func() { temp.Set(-11) }, func() any { return temp.Get() }, "-11 MAJOR/LOLO", temp.Record()},
		{func() { count.Set(-7) }, func() any { return count.Get() }, "-7 NO_ALARM", count.Record()},
		{func() { color.Set(1) }, func() any { return color.Get() }, "1 NO_ALARM", color.Record()},
		{func() { name.Set("x") }, func() any { return name.Get() }, "x NO_ALARM", name.Record()},
		{func() { curve.Set([]float64{1, 2}) }, func() any { return curve.Get() }, "[1 2] NO_ALARM", curve.Record()},
	} {
		tt.set()
		s, _ := tt.rec.Value().Get()
		if got := fmt.Sprintf("%v %v", tt.get(), s.Alarm); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.rec.Name(), got, tt.want)
		}
	}
	for _, index := range []int{-1, 1 << 16, 1<<16 + 1} {
		if color.Set(index); color.Get() != 65535 {
			t.Errorf("state %d becomes %d, want 65535", index, color.Get())
		}
	}
	taken := time.Date(2026, 7, 1, 12, 0, 0, 5000, time.UTC)
	temp.SetAt(3, taken)
	if s, _ := temp.Record().Value().Get(); !s.Time.Time().Equal(taken) {
		t.Errorf("time %v, want %v", s.Time, taken)
	}
}

func TestFaultStandsUntilSet(t *testing.T) {
	bench := ioc.New("")
	temp := bench.Float("TEMP", ioc.ReadOnly())
	check := func(when, want string) {
		t.Helper()
		f, err := bench.Database().Lookup("TEMP.AMSG")
		if err != nil {
			t.Fatal(err)
		}
		why, _ := f.Get()
		s, _ := temp.Record().Value().Get()
		if got := strings.TrimSpace(fmt.Sprintf("%v %v %s", s.Value, s.Alarm, why.Value.Str())); got != want {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
	}
	if err := temp.Update(3, nil); err != nil {
		t.Fatal(err)
	}
	check("good", "3 NO_ALARM")
	broken := errors.New("sensor does not answer")
	if err := temp.Update(0, broken); !errors.Is(err, broken) {
		t.Errorf("Update: %v", err)
	}
	check("broken", "3 INVALID/READ sensor does not answer")
	temp.Record().Process()
	check("processing does not make it good", "3 INVALID/READ sensor does not answer")
	temp.Fault(&drivers.Fault{Status: pv.StatusTimeout, Err: broken})
	check("a driver's fault", "3 INVALID/TIMEOUT sensor does not answer")
	temp.Fault(nil)
	check("no cause", "3 INVALID/READ")
	temp.Set(4)
	check("good again", "4 NO_ALARM")
	temp.Record().Process()
	check("processed", "4 NO_ALARM")
}

func TestReadOnly(t *testing.T) {
	bench := ioc.New("")
	bench.Float("IN", ioc.ReadOnly(), ioc.Initial(1.0))
	bench.LongText("TEXT", 100, ioc.ReadOnly())
	bench.Float("OUT")
	r := run(t, bench)
	for _, name := range []string{"IN", "IN.VAL", "TEXT.VAL$"} {
		if err := r.put(name, pv.Float64Value(2)); !errors.Is(err, protocol.ECANoWtAccess) {
			t.Errorf("put to %s: %v, want no write access", name, err)
		}
	}
	r.wantGet("IN", "1 NO_ALARM")
	for _, name := range []string{"IN.HIGH", "OUT"} {
		if err := r.put(name, pv.Float64Value(2)); err != nil {
			t.Errorf("put to %s: %v", name, err)
		}
	}
}

func TestReadOnlyMakesInputs(t *testing.T) {
	i := ioc.New("")
	for _, tt := range []struct {
		rec  *record.Record
		want record.Type
	}{
		{i.Float("F", ioc.ReadOnly()).Record(), record.AI},
		{i.Int("I", ioc.ReadOnly()).Record(), record.Longin},
		{i.Enum("B", []string{"a", "b"}, ioc.ReadOnly()).Record(), record.BI},
		{i.Enum("M", []string{"a", "b", "c"}, ioc.ReadOnly()).Record(), record.MBBI},
		{i.Text("T", ioc.ReadOnly()).Record(), record.Stringin},
		{i.LongText("L", 100, ioc.ReadOnly()).Record(), record.LSI},
		{i.Floats("A", 5, ioc.ReadOnly()).Record(), record.Waveform},
	} {
		if got := tt.rec.Type(); got != tt.want {
			t.Errorf("%s is %v, want %v", tt.rec.Name(), got, tt.want)
		}
	}
}

func TestOnPut(t *testing.T) {
	bench := ioc.New("")
	led := bench.Enum("LED", []string{"Off", "On"})
	var state atomic.Int64
	led.OnPut(func(_ context.Context, x int) error { state.Store(int64(x) + 10); return nil })
	volt := bench.Float("VOLT", ioc.Drive(0, 30))
	volt.OnPutReadback(func(_ context.Context, x float64) (float64, error) { return x + 0.25, nil })
	bad := bench.Float("BAD")
	bad.OnPut(func(_ context.Context, x float64) error {
		if x > 5 {
			return errors.New("too much")
		}
		return nil
	})
	worse := bench.Int("WORSE")
	worse.OnPut(func(context.Context, int32) error { panic("boom") })
	r := run(t, bench)

	if err := r.put("LED", pv.StringValue("On")); err != nil || state.Load() != 11 {
		t.Errorf("put: %v, the function got %d, want 11", err, state.Load())
	}
	r.wantGet("LED", "1 NO_ALARM")
	if err := r.put("VOLT", pv.Float64Value(99)); err != nil {
		t.Error(err)
	}
	r.wantGet("VOLT", "30.25 NO_ALARM")

	for _, x := range []float64{6, 7} {
		if err := r.put("BAD", pv.Float64Value(x)); !errors.Is(err, protocol.ECAPutFail) {
			t.Errorf("put: %v, want that it has failed", err)
		}
	}
	r.wantGet("BAD", "7 INVALID/WRITE")
	if got := r.text("BAD.AMSG"); got != "too much" {
		t.Errorf("AMSG = %q", got)
	}
	if err := r.put("BAD", pv.Float64Value(5)); err != nil {
		t.Error(err)
	}
	r.wantGet("BAD", "5 NO_ALARM")
	if n := r.log.count("too much"); n != 1 {
		t.Errorf("%d log lines for two failures in a row", n)
	}
	if n := r.log.count("put good again"); n != 1 {
		t.Errorf("%d log lines for one recovery", n)
	}

	if err := r.put("WORSE", pv.Int32Value(1)); !errors.Is(err, protocol.ECAPutFail) {
		t.Errorf("put: %v, want that it has failed", err)
	}
	r.wantGet("WORSE", "1 INVALID/WRITE")
	if n := r.log.count("stack="); n != 1 {
		t.Errorf("%d stacks logged", n)
	}
	r.wantGet("LED", "1 NO_ALARM")
}

func TestPutsAreCarriedOutInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bench := ioc.New("")
		pos := bench.Float("POS")
		var lines []string
		pos.OnPut(func(_ context.Context, x float64) error {
			lines = append(lines, fmt.Sprintf("begin %v", x))
			<-time.After(time.Second)
			pos.Set(-1) // older than the put, for all that is known
			lines = append(lines, fmt.Sprintf("end %v", x))
			return nil
		})
		stop := work(t, bench)
		for x := range 3 {
			if err := pos.Record().Value().Put(pv.Float64Value(float64(x)), done(func(err error) {
				lines = append(lines, fmt.Sprintf("done %v %v", x, err))
			})); err != nil {
				t.Fatal(err)
			}
		}
		<-time.After(time.Minute)
		synctest.Wait()
		want := "begin 0, end 0, done 0 <nil>, begin 1, end 1, done 1 <nil>, begin 2, end 2, done 2 <nil>"
		if got := strings.Join(lines, ", "); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
		if x := pos.Get(); x != 2 {
			t.Errorf("POS = %v, want 2", x)
		}
		stop()
		if err := pos.Record().Value().Put(pv.Float64Value(9), done(func(err error) {
			if err == nil {
				t.Error("a put after the end was answered well")
			}
		})); err != nil {
			t.Fatal(err)
		}
	})
}

type done func(error)

func (d done) PutDone(err error) { d(err) }

// silent is a listener to which nobody comes.
type silent struct{ closed chan struct{} }

func (s silent) Accept() (net.Conn, error) { <-s.closed; return nil, net.ErrClosed }
func (s silent) Close() error              { close(s.closed); return nil }
func (s silent) Addr() net.Addr            { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// work runs i without a network, for a bubble.
func work(t testing.TB, i *ioc.IOC) (stop func()) {
	if i.Log == nil {
		i.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- ioc.RunOn(ctx, i, silent{make(chan struct{})}) }() // until stop
	synctest.Wait()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}

func TestEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bench := ioc.New("")
		temp := bench.Float("TEMP")
		began := time.Now()
		var calls []time.Duration
		bench.Every(time.Second, func(ctx context.Context) error {
			calls = append(calls, time.Since(began))
			switch len(calls) {
			case 2: // longer than the period
				<-time.After(2500 * time.Millisecond)
			case 3, 4:
				return temp.Update(0, errors.New("no sensor"))
			case 5:
				panic("boom")
			}
			temp.Set(float64(len(calls)))
			return nil
		})
		log := new(logLines)
		bench.Log = log.logger()
		stop := work(t, bench)
		<-time.After(7500 * time.Millisecond)
		synctest.Wait()
		want := []time.Duration{0, 1000, 3500, 4000, 5000, 6000, 7000}
		for i := range want {
			want[i] *= time.Millisecond
		}
		if fmt.Sprint(calls) != fmt.Sprint(want) {
			t.Errorf("called at %v, want %v", calls, want)
		}
		if x := temp.Get(); x != 7 {
			t.Errorf("TEMP = %v, want 7", x)
		}
		stop()
		if n := log.count("periodic function failed"); n != 1 {
			t.Errorf("%d log lines for failures in a row", n)
		}
		if n := log.count("good again"); n != 1 {
			t.Errorf("%d log lines for the recovery", n)
		}
		if n := log.count("stack="); n != 1 {
			t.Errorf("%d stacks", n)
		}
	})
}

func TestScanCallsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bench := ioc.New("")
		out := bench.Float("OUT", ioc.Scan(time.Second), ioc.Initial(4.0))
		var calls atomic.Int64
		out.OnPut(func(_ context.Context, x float64) error { calls.Add(int64(x)); return nil })
		stop := work(t, bench)
		<-time.After(3500 * time.Millisecond)
		stop()
		if n := calls.Load(); n != 12 {
			t.Errorf("sum of what was written is %d, want 12", n)
		}
	})
}

// lamp is a driver whose end a test can see.
type lamp struct {
	value  atomic.Int64
	onExit func()
}

func (*lamp) Open(context.Context) error    { return nil }
func (*lamp) Run(ctx context.Context) error { <-ctx.Done(); return nil }
func (l *lamp) Close() error                { l.onExit(); return nil }
func (l *lamp) Channels() []drivers.Channel { return []drivers.Channel{l} }
func (l *lamp) Name() string                { return "lamp" }
func (l *lamp) Write(_ context.Context, v pv.Value) error {
	l.value.Store(v.Int64())
	return nil
}

// The clients are there until the devices are in their safe states, and see the last
// alarms.
func TestShutdownGoesInOrder(t *testing.T) {
	bench := ioc.New("")
	driver := &lamp{}
	port := device.NewPort(driver, device.Config{Name: "lamp", Log: slog.New(slog.DiscardHandler)})
	lampRecord, err := port.Add(bench.Database(), record.Spec{Name: "LAMP", Type: record.Longout}, driver, device.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bench.AddPort(port)
	slow := bench.Float("SLOW")
	began := make(chan struct{})
	slow.OnPut(func(ctx context.Context, _ float64) error { close(began); <-ctx.Done(); return ctx.Err() })
	r := run(t, bench)
	served := ""
	driver.onExit = func() { served = r.get("SLOW.DESC"); driver.value.Store(0) }
	<-port.Tried()
	if err := r.put("LAMP", pv.Int32Value(3)); err != nil || driver.value.Load() != 3 {
		t.Fatalf("put: %v, the lamp has %d", err, driver.value.Load())
	}
	answer := make(chan error, 1)
	go func() { answer <- r.put("SLOW", pv.Float64Value(1)) }() // until it is answered
	<-began
	r.stop()
	if served == "" || driver.value.Load() != 0 {
		t.Errorf("at the end the client saw %q, the lamp has %d", served, driver.value.Load())
	}
	if err := <-answer; !errors.Is(err, protocol.ECAPutFail) {
		t.Errorf("the put under way: %v, want that it has failed", err)
	}
	if s, _ := lampRecord.Value().Get(); s.Alarm.Status != pv.StatusComm {
		t.Errorf("the lamp's alarm is %v", s.Alarm)
	}
}

func TestNothingIsLeftRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	bench := ioc.New("")
	bench.Float("F", ioc.Scan(10*time.Millisecond)).OnPut(func(context.Context, float64) error { return nil })
	bench.Every(time.Millisecond, func(context.Context) error { return nil })
	driver := &lamp{onExit: func() {}}
	port := device.NewPort(driver, device.Config{Name: "lamp", Log: slog.New(slog.DiscardHandler)})
	bench.AddPort(port)
	r := run(t, bench)
	r.get("F")
	if err := r.put("F", pv.Float64Value(1)); err != nil {
		t.Error(err)
	}
	r.stop()
	if err := r.client.Close(); err != nil {
		t.Error(err)
	}
	for range 1_000_000 { // those that have just done their last let go of their stacks
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
}

func TestSeveralInOneProcess(t *testing.T) {
	one, two := ioc.New("ONE:"), ioc.New("TWO:")
	a := one.Float("X", ioc.Initial(1.0))
	b := two.Float("X", ioc.Initial(2.0))
	first, second := run(t, one), run(t, two)
	first.wantGet("ONE:X", "1 NO_ALARM")
	second.wantGet("TWO:X", "2 NO_ALARM")
	if err := first.put("ONE:X", pv.Float64Value(5)); err != nil {
		t.Error(err)
	}
	first.stop()
	second.wantGet("TWO:X", "2 NO_ALARM")
	if a.Get() != 5 || b.Get() != 2 {
		t.Errorf("%v and %v, want 5 and 2", a.Get(), b.Get())
	}
}

func TestRunReportsProblems(t *testing.T) {
	tests := []struct {
		name string
		make func(i *ioc.IOC)
		want string
	}{
		{"two of a name", func(i *ioc.IOC) { i.Float("X"); i.Int("X").Set(1) }, "X:X"},
		{"bad name", func(i *ioc.IOC) { i.Text("a b").Fault(nil) }, "blank"},
		{"too many states", func(i *ioc.IOC) { i.Enum("E", make([]string, 17)) }, "states"},
		{"size", func(i *ioc.IOC) { i.Floats("A", 0) }, "size 0"},
		{"size of a text", func(i *ioc.IOC) { i.LongText("L", 1<<20) }, "SIZV"},
		{"initial value", func(i *ioc.IOC) { i.Float("F", ioc.Initial("much")) }, "VAL"},
		{"period", func(i *ioc.IOC) { i.Every(0, func(context.Context) error { return nil }) }, "period"},
		{"field", func(i *ioc.IOC) { i.Float("F", ioc.Field("HYSTERESIS", "1")) }, "HYSTERESIS"},
		{"scan", func(i *ioc.IOC) { i.Float("F", ioc.Scan(time.Nanosecond)) }, "SCAN"},
		{"server", func(i *ioc.IOC) {
			i.Server = caserver.Config{Interfaces: []netip.Addr{netip.IPv6Loopback()}} // Channel Access knows IPv4 only
		}, "channel access server"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			i := ioc.New("X:")
			i.Server, i.Log = local, slog.New(slog.DiscardHandler)
			tt.make(i)
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // should it start all the same
			if err := i.Run(ctx); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Run: %v, want %q", err, tt.want)
			}
		})
	}
}

func TestRunsOnce(t *testing.T) {
	i := ioc.New("")
	i.Server, i.Log = local, slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := i.Run(ctx); err != nil {
		t.Errorf("first: %v", err)
	}
	if err := i.Run(ctx); err == nil {
		t.Error("it has run twice")
	}
}

func TestSetDoesNotAllocate(t *testing.T) {
	bench := ioc.New("")
	temp := bench.Float("TEMP", ioc.High(40, pv.Minor))
	x := 0.0
	if n := testing.AllocsPerRun(100, func() { x++; temp.Set(x) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSet(b *testing.B) {
	temp := ioc.New("").Float("TEMP", ioc.High(1e12, pv.Minor))
	x := 0.0
	b.ReportAllocs()
	for b.Loop() {
		x++
		temp.Set(x)
	}
}
