package sim_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/pv"
)

var psu = serial.Device{
	Name: "PS",
	Channels: []serial.Channel{
		{Name: "ID", Read: "*IDN?", Reply: "%s"},
		{Name: "VOLT", Write: "VOLT %.3f", Readback: "VOLT?", Reply: "%f"},
		{Name: "CURR", Read: "MEAS:CURR?", Reply: "%f"},
		{Name: "OUT", Write: "OUTP %d", Readback: "OUTP?", Reply: "%d"},
		{Name: "MODE", Write: "MODE %{CV|CC}", Reply: "OK"},
		{Name: "MODE:RBV", Read: "MODE?", Reply: "%{CV|CC}"},
		{Name: "LABEL", Write: "LABEL '%s'", Readback: "LABEL?", Reply: "%[^\r]"},
		{Name: "TRACE", Read: "CURV?", Reply: "%f", Separator: ",", Count: 5},
		{Name: "WAVE", Write: "DATA (%.1f);", Readback: "DATA?", Reply: "(%f)", Separator: ", ", Count: 4},
		{Name: "TABLE", Write: "%d", Readback: "TABLE?", Reply: "%d", Separator: " ", Count: 4},
	},
}

// bench opens a port whose instruments are simulated; it is closed with the test.
func bench(t *testing.T, opts sim.PeerOptions, devices ...serial.Device) (*serial.Port, *sim.Peer) {
	t.Helper()
	o := serial.Options{Devices: devices, Log: slog.New(slog.DiscardHandler)}
	peer, err := sim.NewPeer(o, opts)
	if err != nil {
		t.Fatal(err)
	}
	o.Transport = peer
	p, err := serial.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p, peer
}

func open(t *testing.T, p *serial.Port) {
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

func get(t *testing.T, p *serial.Port, device, name string) pv.Value {
	t.Helper()
	v, err := p.Channel(device, name).(drivers.Reader).Read(t.Context())
	if err != nil {
		t.Errorf("read: %v", err)
	}
	return v
}

// ask reads what is to fail.
func ask(t *testing.T, p *serial.Port, device, name string) error {
	t.Helper()
	_, err := p.Channel(device, name).(drivers.Reader).Read(t.Context())
	return err
}

// wantFault checks the alarm of err, and whether it is a loss.
func wantFault(t *testing.T, err error, status pv.Status, lost bool) {
	t.Helper()
	var f *drivers.Fault
	if !errors.As(err, &f) || f.Status != status || f.Lost != lost {
		t.Errorf("error %v (%+v), want a fault %v, lost %t", err, f, status, lost)
	}
}

func put(t *testing.T, p *serial.Port, device, name string, v pv.Value) {
	t.Helper()
	if err := p.Channel(device, name).(drivers.Writer).Write(t.Context(), v); err != nil {
		t.Errorf("write: %v", err)
	}
}

func want(t *testing.T, got, want pv.Value) {
	t.Helper()
	if !got.Equal(want) {
		t.Errorf("got %v %q %g (%d elements), want %v %q %g (%d elements)",
			got.Kind(), got.Str(), got.Float64(), got.Len(), want.Kind(), want.Str(), want.Float64(), want.Len())
	}
}

func TestInstrument(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, peer := bench(t, sim.PeerOptions{Expressions: map[sim.ChannelID]string{
			{Device: "PS", Channel: "CURR"}:     "OUT ? VOLT / 12 : 0",
			{Device: "PS", Channel: "MODE:RBV"}: "MODE",
			{Device: "PS", Channel: "TRACE"}:    "CURR * i",
		}}, psu)
		open(t, p)
		if id := get(t, p, "PS", "ID").Str(); !strings.Contains(id, "simulated") {
			t.Errorf("identity %q does not say that it is simulated", id)
		}
		want(t, get(t, p, "PS", "VOLT"), pv.Float64Value(0))
		want(t, get(t, p, "PS", "MODE:RBV"), pv.Int64Value(0))
		put(t, p, "PS", "VOLT", pv.Float64Value(24.0004))
		want(t, get(t, p, "PS", "VOLT"), pv.Float64Value(24))
		want(t, get(t, p, "PS", "CURR"), pv.Float64Value(0))
		put(t, p, "PS", "OUT", pv.EnumValue(1))
		want(t, get(t, p, "PS", "OUT"), pv.Int64Value(1))
		want(t, get(t, p, "PS", "CURR"), pv.Float64Value(2))
		put(t, p, "PS", "MODE", pv.StringValue("CC"))
		want(t, get(t, p, "PS", "MODE:RBV"), pv.Int64Value(1))
		put(t, p, "PS", "LABEL", pv.StringValue("left supply"))
		want(t, get(t, p, "PS", "LABEL"), pv.StringValue("left supply"))
		want(t, get(t, p, "PS", "TRACE"), pv.ArrayValue([]float64{0, 2, 4, 6, 8}))
		put(t, p, "PS", "WAVE", pv.ArrayValue([]float64{1.5, -2}))
		want(t, get(t, p, "PS", "WAVE"), pv.ArrayValue([]float64{1.5, -2}))
		put(t, p, "PS", "TABLE", pv.ArrayValue([]int32{7, 8, 9}))
		want(t, get(t, p, "PS", "TABLE"), pv.ArrayValue([]int64{7, 8, 9}))
		if err := peer.Set("PS", "VOLT", pv.Float64Value(6)); err != nil {
			t.Error(err)
		}
		want(t, get(t, p, "PS", "VOLT"), pv.Float64Value(6))
		if x := peer.Get("PS", "CURR"); x != 0.5 {
			t.Errorf("Get is %g, want 0.5", x)
		}
		if err := peer.Set("PS", "NONE", pv.Float64Value(6)); err == nil {
			t.Error("Set of no channel: no error")
		}
	})
}

// TestDone: a stage that moves says so.
func TestDone(t *testing.T) {
	stage := serial.Device{Name: "STAGE", Channels: []serial.Channel{
		{Name: "POS", Write: "MA %d", Done: &serial.Done{Ask: "MS?", Reply: "%{STANDS|MOVES}", Until: []pv.Value{pv.Int64Value(0)}}},
		{Name: "RBV", Read: "PO?", Reply: "%d"},
		{Name: "HOME", Write: "HO", Done: &serial.Done{Ask: "HS?", Reply: "%s", Until: []pv.Value{pv.StringValue("HOMED")}}},
	}}
	synctest.Test(t, func(t *testing.T) {
		p, _ := bench(t, sim.PeerOptions{
			Expressions: map[sim.ChannelID]string{{Device: "STAGE", Channel: "RBV"}: "approach(POS, 100)"},
			Done:        map[sim.ChannelID]string{{Device: "STAGE", Channel: "POS"}: "RBV # POS"},
		}, stage)
		open(t, p)
		finished := func(name string, want bool) {
			t.Helper()
			if done, err := p.Channel("STAGE", name).(drivers.Finisher).Finished(t.Context()); done != want || err != nil {
				t.Errorf("%s finished: %t, %v; want %t", name, done, err, want)
			}
		}
		finished("HOME", true)
		finished("POS", true)
		put(t, p, "STAGE", "POS", pv.Int64Value(250))
		finished("POS", false)
		time.Sleep(time.Second)
		finished("POS", false)
		want(t, get(t, p, "STAGE", "RBV"), pv.Int64Value(100))
		time.Sleep(2 * time.Second)
		finished("POS", true)
		want(t, get(t, p, "STAGE", "RBV"), pv.Int64Value(250))
	})
	_, err := sim.NewPeer(serial.Options{Devices: []serial.Device{stage}}, sim.PeerOptions{
		Done: map[sim.ChannelID]string{{Device: "STAGE", Channel: "POS"}: "NONE + 1"},
	})
	if err == nil || !strings.Contains(err.Error(), `channel "POS": done: sim: `) {
		t.Errorf("error %v", err)
	}
}

// TestPattern: an answer whose text cannot be made up is none until it is set.
func TestPattern(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, peer := bench(t, sim.PeerOptions{}, serial.Device{Name: "D", Channels: []serial.Channel{
			{Name: "VERSION", Read: "V?", Reply: "%/v[0-9]+[.][0-9]+/"},
			{Name: "CODE", Read: "C?", Reply: "%2[0-9]"},
		}})
		open(t, p)
		want(t, get(t, p, "D", "CODE"), pv.StringValue("0"))
		if v, err := p.Channel("D", "VERSION").(drivers.Reader).Read(t.Context()); err == nil {
			t.Errorf("made-up version %q", v.Str())
		}
		if err := peer.Set("D", "VERSION", pv.StringValue("v1.2")); err != nil {
			t.Error(err)
		}
		want(t, get(t, p, "D", "VERSION"), pv.StringValue("v1.2"))
	})
}

// TestAddressed: gauges with addresses and checksums on one wire.
func TestAddressed(t *testing.T) {
	cr := "\r"
	gauge := func(n int) serial.Device {
		return serial.Device{Name: fmt.Sprintf("G%d", n), InTerminator: &cr, OutTerminator: &cr, Channels: []serial.Channel{
			{Name: "P", Read: fmt.Sprintf("@%dPR?", n), Reply: "@%*3dACK%e;FF"},
			{Name: "LIMIT", Write: fmt.Sprintf("@%dLM %%d%%<xor>", n), Readback: fmt.Sprintf("@%dLM?", n), Reply: "%d"},
		}}
	}
	synctest.Test(t, func(t *testing.T) {
		p, peer := bench(t, sim.PeerOptions{Expressions: map[sim.ChannelID]string{
			{Device: "G1", Channel: "P"}: "log_ramp(1e-9, 1e3, 60s)",
			{Device: "G2", Channel: "P"}: "5e-3",
		}}, gauge(1), gauge(2))
		open(t, p)
		want(t, get(t, p, "G1", "P"), pv.Float64Value(1e-9))
		time.Sleep(time.Hour)
		want(t, get(t, p, "G1", "P"), pv.Float64Value(1000))
		want(t, get(t, p, "G2", "P"), pv.Float64Value(5e-3))
		put(t, p, "G2", "LIMIT", pv.Int64Value(300))
		want(t, get(t, p, "G2", "LIMIT"), pv.Int64Value(300))
		want(t, get(t, p, "G1", "LIMIT"), pv.Int64Value(0))

		peer.SetFault("G2", sim.Drop)
		_, err := p.Channel("G2", "P").(drivers.Reader).Read(t.Context())
		if a := drivers.AlarmOf(err, 0); a.Status != pv.StatusTimeout {
			t.Errorf("a silent device: %v, want a timeout", err)
		}
		want(t, get(t, p, "G1", "P"), pv.Float64Value(1000))
		peer.SetFault("G2", sim.NoFault)
		want(t, get(t, p, "G2", "P"), pv.Float64Value(5e-3))
	})
}

// TestStage: a value that follows another with a speed.
func TestStage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := bench(t, sim.PeerOptions{Expressions: map[sim.ChannelID]string{{Device: "S", Channel: "RBV"}: "approach(POS, 500)"}},
			serial.Device{Name: "S", Channels: []serial.Channel{
				{Name: "POS", Write: "MA %d"},
				{Name: "RBV", Read: "PO?", Reply: "%d"},
			}})
		open(t, p)
		want(t, get(t, p, "S", "RBV"), pv.Int64Value(0))
		put(t, p, "S", "POS", pv.Int64Value(1200))
		for _, x := range []int64{500, 1000, 1200, 1200} {
			time.Sleep(time.Second)
			want(t, get(t, p, "S", "RBV"), pv.Int64Value(x))
		}
	})
}

type sink struct {
	mu     sync.Mutex
	values []float64
}

func (s *sink) Post(v pv.Value, _ pv.Stamp, _ pv.Alarm) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values = append(s.values, v.Float64())
}

func (s *sink) Fault(error) {}

func (s *sink) posted() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprint(s.values)
}

// TestTelling: lines that come by themselves, with a value for another channel.
func TestTelling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := bench(t, sim.PeerOptions{Every: 2 * time.Second, Expressions: map[sim.ChannelID]string{
			{Device: "ARD", Channel: "T"}: "20 + ramp(0, 10, 10s)",
			{Device: "ARD", Channel: "H"}: "T * 2",
		}}, serial.Device{Name: "ARD", Channels: []serial.Channel{
			{Name: "T", Receive: "T=%f H=%(H)f"},
			{Name: "H"},
		}})
		var temp, hum sink
		p.Channel("ARD", "T").(drivers.Notifier).Notify(&temp)
		p.Channel("ARD", "H").(drivers.Notifier).Notify(&hum)
		open(t, p)
		time.Sleep(7 * time.Second)
		if got := temp.posted(); got != "[20 22 24]" {
			t.Errorf("T is %s", got)
		}
		if got := hum.posted(); got != "[40 44 48]" {
			t.Errorf("H is %s", got)
		}
	})
}

// TestBeginning: what begins, begins when it is first told, not when the peer is made.
func TestBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := bench(t, sim.PeerOptions{Expressions: map[sim.ChannelID]string{
			{Device: "ARD", Channel: "H"}: "ramp(0, 10, 10s)",
		}}, serial.Device{Name: "ARD", Channels: []serial.Channel{
			{Name: "T", Receive: "T=%f H=%(H)f"},
			{Name: "H"},
		}})
		var hum sink
		p.Channel("ARD", "H").(drivers.Notifier).Notify(&hum)
		time.Sleep(5 * time.Second)
		open(t, p)
		time.Sleep(2500 * time.Millisecond)
		if got := hum.posted(); got != "[0 1]" {
			t.Errorf("H is %s", got)
		}
	})
}

// TestUnplug: the port loses its connection, cannot be opened, and heals.
func TestUnplug(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, peer := bench(t, sim.PeerOptions{}, psu)
		for range 2 {
			if err := p.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
			want(t, get(t, p, "PS", "VOLT"), pv.Float64Value(0))
			peer.Unplug()
			if err := p.Run(t.Context()); !drivers.IsLost(err) {
				t.Errorf("Run: %v, want the loss", err)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			if err := p.Open(t.Context()); !errors.Is(err, drivers.ErrAbsent) {
				t.Errorf("Open while unplugged: %v", err)
			}
			peer.Plug()
		}
	})
}

// TestBadInstruments: mistakes are told with their places.
func TestBadInstruments(t *testing.T) {
	id := func(channel string) sim.ChannelID { return sim.ChannelID{Device: "D", Channel: channel} }
	two := []serial.Channel{{Name: "A", Read: "A?", Reply: "%f"}, {Name: "B", Read: "B?", Reply: "%f"}}
	for _, c := range []struct {
		channels    []serial.Channel
		expressions map[sim.ChannelID]string
		want        string
	}{
		{two, map[sim.ChannelID]string{id("A"): "B +"}, `device "D": channel "A": sim: `},
		{two, map[sim.ChannelID]string{id("A"): "noise()"}, `noise`},
		{two, map[sim.ChannelID]string{id("A"): "C + 1"}, `C`},
		{two, map[sim.ChannelID]string{id("A"): "B + 1", id("B"): "A + 1"}, `follow from each other`},
		{two, map[sim.ChannelID]string{id("A"): "B := 1; B"}, `assignment`},
		{two, map[sim.ChannelID]string{id("X"): "1"}, `no channel "X"`},
		{[]serial.Channel{{Name: "A", Read: "A?", Reply: "%q"}}, nil, `channel "A": reply: `},
		{[]serial.Channel{{Name: "A", Read: "A?", Reply: "%f %(N)f"}}, nil, `no channel "N"`},
		{[]serial.Channel{{Name: "A", Write: "%i"}, {Name: "B", Read: "0", Reply: "%f"}}, nil, `"0" is also what asks for B`},
	} {
		_, err := sim.NewPeer(serial.Options{Devices: []serial.Device{{Name: "D", Channels: c.channels}}}, sim.PeerOptions{Expressions: c.expressions})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `device "D": `) {
			t.Errorf("%+v %v: error %v, want %q", c.channels, c.expressions, err, c.want)
		}
	}
}

// TestSelfReference: a channel's own name is what was written to it.
func TestSelfReference(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := bench(t, sim.PeerOptions{Expressions: map[sim.ChannelID]string{
			{Device: "PS", Channel: "VOLT"}: "VOLT + noise(0.01)",
		}, Seed: 3}, psu)
		open(t, p)
		put(t, p, "PS", "VOLT", pv.Float64Value(10))
		a, b := get(t, p, "PS", "VOLT").Float64(), get(t, p, "PS", "VOLT").Float64()
		if a == b || math.Abs(a-10) > 0.1 || math.Abs(b-10) > 0.1 {
			t.Errorf("two readings %g and %g, want different ones near 10", a, b)
		}
	})
}

// FuzzPeer: whatever comes, the peer does not fail, and answers bytes one by one as it
// answers them at once.
func FuzzPeer(f *testing.F) {
	for _, s := range []string{
		"*IDN?\n", "VOLT 12.5\nVOLT?\n", "OUTP 9999999999999999999\n", "MODE CC\nMODE?\n", "LABEL 'x'\n", "1 2 3\nTABLE?\n",
		"VOLT nan\nMEAS:CURR?\n", "\n\n\x00\xff\n", "MODE ", "CURV?\nCURV?\n",
	} {
		f.Add([]byte(s))
	}
	options := sim.PeerOptions{Every: time.Hour, Expressions: map[sim.ChannelID]string{{Device: "PS", Channel: "CURR"}: "VOLT / OUT"}}
	f.Fuzz(func(t *testing.T, input []byte) {
		talk := func(size int) string {
			peer, err := sim.NewPeer(serial.Options{Devices: []serial.Device{psu}}, options)
			if err != nil {
				t.Fatal(err)
			}
			c, err := peer.Dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for rest := input; len(rest) > 0; {
				n := min(size, len(rest))
				if _, err := c.Write(rest[:n]); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			peer.Unplug()
			out, err := io.ReadAll(c)
			if err != nil {
				t.Fatal(err)
			}
			return string(out)
		}
		if a, b := talk(1), talk(1+len(input)); a != b {
			t.Errorf("byte by byte %q, at once %q", a, b)
		}
	})
}

func ExamplePeer() {
	options := serial.Options{Devices: []serial.Device{{
		Name: "PS",
		Channels: []serial.Channel{
			{Name: "VOLT", Write: "VOLT %.3f", Readback: "VOLT?", Reply: "%f"},
			{Name: "CURR", Read: "MEAS:CURR?", Reply: "%f"},
		},
	}}}
	peer, err := sim.NewPeer(options, sim.PeerOptions{
		Expressions: map[sim.ChannelID]string{{Device: "PS", Channel: "CURR"}: "VOLT / 12"},
	})
	if err != nil {
		panic(err)
	}
	options.Transport = peer
	port, err := serial.New(options)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	if err := port.Open(ctx); err != nil {
		panic(err)
	}
	defer port.Close()
	if err := port.Channel("PS", "VOLT").(drivers.Writer).Write(ctx, pv.Float64Value(6)); err != nil {
		panic(err)
	}
	v, err := port.Channel("PS", "CURR").(drivers.Reader).Read(ctx)
	fmt.Println(v.Float64(), err)
	// Output: 0.5 <nil>
}
