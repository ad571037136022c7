package pwm_test

import (
	"errors"
	"io/fs"
	"math"
	"path"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/pwm"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/pv"
)

const channel1 = "/sys/class/pwm/pwmchip0/pwm1/"

// machine is a simulated machine that notes what is written to it, and whose files can
// be refused.
type machine struct {
	sim.Tree

	mu     sync.Mutex
	writes []string
	refuse func(name string) error // nil: nothing is
}

func (m *machine) WriteFile(name string, text []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse != nil {
		if err := m.refuse(name); err != nil {
			return &fs.PathError{Op: "write", Path: name, Err: err}
		}
	}
	m.writes = append(m.writes, path.Base(name)+"="+string(text))
	return m.Tree.WriteFile(name, text)
}

func (m *machine) set(refuse func(name string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = refuse
}

func (m *machine) took() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	text := strings.Join(m.writes, " ")
	m.writes = nil
	return text
}

func newMachine() *machine {
	m := new(machine)
	m.AddPWM(0, "fe20c000.pwm", 2)
	m.AddPWM(1, "fe20c800.pwm", 2)
	return m
}

func percent(x float64) *float64 { return &x }

func newDriver(t *testing.T, m *machine, change func(o *pwm.Options)) *pwm.Driver {
	t.Helper()
	o := pwm.Options{Files: m, Chip: "0", Channel: 1, Period: 20 * time.Millisecond}
	if change != nil {
		change(&o)
	}
	d, err := pwm.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func read(t *testing.T, d *pwm.Driver) float64 {
	t.Helper()
	v, err := d.Channels()[0].(drivers.Reader).Read(t.Context())
	if err != nil {
		t.Error(err)
	}
	return v.Float64()
}

func wantTook(t *testing.T, what string, m *machine, want string) {
	t.Helper()
	if got := m.took(); got != want {
		t.Errorf("%s: wrote %s, want %s", what, got, want)
	}
}

func TestLife(t *testing.T) {
	m := newMachine()
	d := newDriver(t, m, func(o *pwm.Options) { o.OnExit = percent(0) })
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantTook(t, "open", m, "export=1 period=20000000")
	if x := read(t, d); x != 0 {
		t.Errorf("begins with %v %%", x)
	}
	for _, x := range []float64{25, 100, 7.5, 0} {
		if err := d.Channels()[0].(drivers.Writer).Write(t.Context(), pv.Float64Value(x)); err != nil {
			t.Error(err)
		}
		if got := read(t, d); got != x {
			t.Errorf("wrote %v %%, read back %v", x, got)
		}
	}
	wantTook(t, "writes", m, "duty_cycle=5000000 enable=1 duty_cycle=20000000 duty_cycle=1500000 duty_cycle=0")
	if err := d.Channels()[0].(drivers.Writer).Write(t.Context(), pv.Float64Value(50)); err != nil {
		t.Error(err)
	}
	m.took()
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	wantTook(t, "close", m, "duty_cycle=0 enable=0 unexport=1")
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if _, err := d.Channels()[0].(drivers.Reader).Read(t.Context()); !drivers.IsLost(err) {
		t.Errorf("read after Close: %v", err)
	}
}

// What runs already goes on, with the same part of our period.
func TestKeepsWhatRuns(t *testing.T) {
	m := newMachine()
	for _, w := range []string{"export 1", "pwm1/period 1000000", "pwm1/duty_cycle 250000", "pwm1/enable 1"} {
		name, text, _ := strings.Cut(w, " ")
		if err := m.Tree.WriteFile("/sys/class/pwm/pwmchip0/"+name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	d := newDriver(t, m, nil)
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantTook(t, "open", m, "period=20000000 duty_cycle=5000000")
	if x := read(t, d); x != 25 {
		t.Errorf("%v %%, want 25", x)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	wantTook(t, "close", m, "")
}

// Disabled hardware may make its pin low, which is all the time for an inversed output.
func TestInversedOutputStaysOffAtTheEnd(t *testing.T) {
	m := newMachine()
	d := newDriver(t, m, func(o *pwm.Options) { o.Initial, o.OnExit, o.Inversed = percent(30), percent(0), true })
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantTook(t, "open", m, "export=1 period=20000000 polarity=inversed duty_cycle=6000000 enable=1")
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	wantTook(t, "close", m, "duty_cycle=0")
}

// A channel that is off stays so, though it was left with longer pulses than fit.
func TestKeepsWhatIsOff(t *testing.T) {
	m := newMachine()
	for _, w := range []string{"export 1", "pwm1/period 40000000", "pwm1/duty_cycle 30000000"} {
		name, text, _ := strings.Cut(w, " ")
		if err := m.Tree.WriteFile("/sys/class/pwm/pwmchip0/"+name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	d := newDriver(t, m, nil)
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantTook(t, "open", m, "duty_cycle=0 period=20000000")
	d.Close()
}

// The kernel refuses a duty above the period, and another polarity while it runs.
func TestOrderOfWrites(t *testing.T) {
	m := newMachine()
	for _, w := range []string{"export 1", "pwm1/period 40000000", "pwm1/duty_cycle 30000000", "pwm1/enable 1"} {
		name, text, _ := strings.Cut(w, " ")
		if err := m.Tree.WriteFile("/sys/class/pwm/pwmchip0/"+name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	d := newDriver(t, m, func(o *pwm.Options) { o.Initial, o.Inversed = percent(10), true })
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantTook(t, "open", m, "enable=0 duty_cycle=2000000 period=20000000 polarity=inversed enable=1")
	d.Close()
}

func TestAfterAFault(t *testing.T) {
	m := newMachine()
	d := newDriver(t, m, func(o *pwm.Options) { o.OnExit = percent(0) })
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.Channels()[0].(drivers.Writer).Write(t.Context(), pv.Float64Value(40)); err != nil {
		t.Error(err)
	}
	m.Remove("/sys/class/pwm/pwmchip0")
	if _, err := d.Channels()[0].(drivers.Reader).Read(t.Context()); !drivers.IsLost(err) {
		t.Errorf("read of a chip that is gone: %v", err)
	}
	if err := d.Close(); err == nil {
		t.Error("a chip that is gone went to its safe state")
	}
	if err := d.Open(t.Context()); !errors.Is(err, drivers.ErrAbsent) {
		t.Errorf("opened a chip that is gone: %v", err)
	}
	m.AddPWM(0, "fe20c000.pwm", 2)
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if x := read(t, d); x != 0 {
		t.Errorf("%v %% after it came back, want 0 until a write", x)
	}
	d.Close()
}

func TestUdevTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine()
		ready := time.Now().Add(300 * time.Millisecond)
		m.set(func(name string) error {
			if strings.HasPrefix(name, channel1) && time.Now().Before(ready) {
				return fs.ErrPermission
			}
			return nil
		})
		d := newDriver(t, m, func(o *pwm.Options) { o.Initial = percent(50) })
		if err := d.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		if x := read(t, d); x != 50 {
			t.Errorf("%v %%", x)
		}
		d.Close()

		m = newMachine()
		m.set(func(name string) error {
			if strings.HasPrefix(name, channel1) {
				return fs.ErrPermission
			}
			return nil
		})
		d = newDriver(t, m, nil)
		began := time.Now()
		if err := d.Open(t.Context()); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("Open = %v", err)
		}
		if took := time.Since(began); took < 2*time.Second || took > 3*time.Second {
			t.Errorf("gave up after %v", took)
		}
	})
}

func TestErrorsSayWhatToDo(t *testing.T) {
	for _, test := range []struct {
		name, chip string
		channel    int
		refuse     error
		want       string
		absent     bool
	}{
		{"no such chip", "7", 0, nil, "no such chip, there are 0 at /sys/devices/platform/fe20c000.pwm, 1 at /sys/devices/platform/fe20c800.pwm", true},
		{"no such channel", "fe20c800.pwm", 2, nil, "has channels 0 to 1", true},
		{"a part of two", "platform", 0, nil, "2 chips, say which of", true},
		{"busy", "0", 0, syscall.EBUSY, "in use by a driver of the kernel", false},
		{"not allowed", "0", 0, syscall.EACCES, "group gpio", false},
	} {
		m := newMachine()
		m.set(func(name string) error {
			if path.Base(name) == "export" {
				return test.refuse
			}
			return nil
		})
		d := newDriver(t, m, func(o *pwm.Options) { o.Chip, o.Channel = test.chip, test.channel })
		err := d.Open(t.Context())
		if err == nil || !strings.Contains(err.Error(), test.want) || errors.Is(err, drivers.ErrAbsent) != test.absent {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if err := d.Close(); err != nil {
			t.Errorf("%s: Close after a failed Open: %v", test.name, err)
		}
	}
	d := newDriver(t, new(machine), nil)
	if err := d.Open(t.Context()); !errors.Is(err, drivers.ErrAbsent) || !strings.Contains(err.Error(), "dtoverlay") {
		t.Errorf("no PWM at all: %v", err)
	}
}

func TestWriteRefuses(t *testing.T) {
	d := newDriver(t, newMachine(), nil)
	if err := d.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, test := range []struct {
		value pv.Value
		want  pv.Status
	}{
		{pv.Float64Value(100.1), pv.StatusHwLimit},
		{pv.Float64Value(-1), pv.StatusHwLimit},
		{pv.Float64Value(math.NaN()), pv.StatusHwLimit},
		{pv.StringValue("50"), pv.StatusWrite},
	} {
		err := d.Channels()[0].(drivers.Writer).Write(t.Context(), test.value)
		if a := drivers.AlarmOf(err, pv.StatusNone); a.Status != test.want {
			t.Errorf("wrote %v: %v, alarm %v", test.value, err, a)
		}
	}
}

func TestBadOptions(t *testing.T) {
	good := pwm.Options{Files: newMachine(), Chip: "0", Period: time.Millisecond}
	for want, change := range map[string]func(o *pwm.Options){
		"no files":     func(o *pwm.Options) { o.Files = nil },
		"no chip":      func(o *pwm.Options) { o.Chip = "" },
		"no channel":   func(o *pwm.Options) { o.Channel = -1 },
		"period of 0s": func(o *pwm.Options) { o.Period = 0 },
		"101 percent":  func(o *pwm.Options) { o.OnExit = percent(101) },
		"NaN percent":  func(o *pwm.Options) { o.Initial = percent(math.NaN()) },
	} {
		o := good
		change(&o)
		if _, err := pwm.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New: %v, want %q", err, want)
		}
	}
}
