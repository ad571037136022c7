package chip

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ioclet/ioclet/pv"
)

// buses are those that a model can be on.
func buses(m *Model) (all []Bus) {
	if m.I2C != nil {
		all = append(all, OnI2C)
	}
	if m.SPI != nil {
		all = append(all, OnSPI)
	}
	return all
}

func (b Bus) String() string { return [...]string{"I2C", "SPI"}[b] }

// required are the settings without which there is no chip.
func required(m *Model) Settings {
	s := Settings{}
	for _, p := range m.Parameters {
		if p.Required() {
			s[p.Name] = []string{p.Example}
		}
	}
	return s
}

// with are settings of which one is given.
func with(m *Model, p Parameter, words ...string) Settings {
	s := required(m)
	if p.Name == "r0" {
		s["reference"] = []string{"4300ohm"}
	}
	s[p.Name] = words
	return s
}

// each runs a test for each model on each of its buses, in virtual time.
func each(t *testing.T, f func(t *testing.T, m *Model, c Chip, twin Twin)) {
	for _, m := range Models() {
		for _, bus := range buses(m) {
			t.Run(fmt.Sprintf("%s/%v", m.Name, bus), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, err := m.New(bus, required(m))
					if err != nil {
						t.Fatal(err)
					}
					f(t, m, c, m.Twin(bus, required(m)))
				})
			})
		}
	}
}

// read starts a chip, if start is true, and reads it.
func read(t *testing.T, c Chip, conn Conn, start bool) []Reading {
	t.Helper()
	if start {
		if err := c.Start(t.Context(), conn); err != nil {
			t.Fatalf("start: %v", err)
		}
	}
	out := make([]Reading, len(c.Values()))
	if err := c.Read(t.Context(), conn, out); err != nil {
		t.Fatalf("read: %v", err)
	}
	return out
}

func TestModelsAreDescribed(t *testing.T) {
	name := regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	setting := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	models := Models()
	if !slices.IsSortedFunc(models, func(a, b *Model) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("not in the order of names")
	}
	for _, m := range models {
		if !name.MatchString(m.Name) || m.Title == "" || m.Datasheet == "" || !strings.HasSuffix(m.Notes, ".") || len(buses(m)) == 0 {
			t.Errorf("%+v: incomplete", m)
		}
		if found, err := Find(strings.ToUpper(m.Name)); err != nil || found.Name != m.Name {
			t.Errorf("Find(%s): %v, %v", m.Name, found, err)
		}
		if m.I2C != nil {
			for _, a := range m.I2C.Addresses {
				if a < 0x03 || a > 0x77 {
					t.Errorf("%s: address 0x%02X", m.Name, a)
				}
			}
			if len(m.I2C.Addresses) == 0 {
				t.Errorf("%s: no address", m.Name)
			}
		}
		if m.SPI != nil && (m.SPI.Mode > 3 || m.SPI.MaxSpeed == 0) {
			t.Errorf("%s: SPI %+v", m.Name, m.SPI)
		}
		for _, p := range m.Parameters {
			if !setting.MatchString(p.Name) || p.Doc == "" || p.Example == "" {
				t.Errorf("%s: %+v: incomplete", m.Name, p)
			}
			s := with(m, p, words(p.Example)...)
			if _, err := m.New(buses(m)[0], s); err != nil {
				t.Errorf("%s: example of a setting: %v", m.Name, err)
			}
		}
	}
}

// words are those of an example as a configuration would say it.
func words(example string) []string {
	if list, ok := strings.CutPrefix(example, "["); ok {
		return strings.Split(strings.TrimSuffix(list, "]"), ", ")
	}
	return []string{example}
}

func TestValuesCanBePVs(t *testing.T) {
	name := regexp.MustCompile(`^[A-Z][A-Z0-9]*$`)
	each(t, func(t *testing.T, _ *Model, c Chip, _ Twin) {
		seen := map[string]bool{}
		for _, v := range c.Values() {
			if !name.MatchString(v.Name) || seen[v.Name] || v.Doc == "" || len(v.Doc) > 40 {
				t.Errorf("%+v: name or doc", v)
			}
			seen[v.Name] = true
			if len(v.Units) > 7 || v.Precision < 0 || v.Limits.Low > v.Limits.High {
				t.Errorf("%+v: units, precision or limits", v)
			}
			if (v.Kind == pv.Enum) != (len(v.States) > 0) || v.Kind != pv.Float64 && v.Kind != pv.Int64 && v.Kind != pv.Enum {
				t.Errorf("%+v: kind", v)
			}
		}
		if len(seen) == 0 {
			t.Error("no values")
		}
	})
}

// What a twin is set to is what its chip says, over the whole range of the value, as
// nearly as the value's precision promises.
func TestChipsAgreeWithTheirTwins(t *testing.T) {
	each(t, func(t *testing.T, m *Model, c Chip, twin Twin) {
		start := true
		for step := range 41 {
			for i, v := range c.Values() {
				if !v.Writable && !derived[m.Name+" "+v.Name] {
					twin.Set(i, at(v, step, i))
				}
			}
			got := read(t, c, twin, start)
			for i, v := range c.Values() {
				if v.Writable {
					continue
				}
				if got[i].Err != nil {
					t.Errorf("%s: %v: %v", v.Name, twin.Get(i), got[i].Err)
				} else if want := twin.Get(i); !near(got[i].Value, want, m, v) {
					t.Errorf("%s: %v, want %v", v.Name, got[i].Value, want)
				}
			}
			start = false
		}
	})
}

// derived are values that follow from others, and are tested beside their chips.
var derived = map[string]bool{"ina219 POWER": true, "max31865 RES": true}

// at is one of 41 values over the range of v, others for other i.
func at(v Value, step, i int) float64 {
	step = (step + 7*i) % 41
	if v.Kind == pv.Enum {
		return float64(step % len(v.States))
	}
	x := v.Limits.Low + (v.Limits.High-v.Limits.Low)*(float64(step)+0.5)/41
	if v.Kind == pv.Int64 {
		x = math.Round(x)
	}
	return x
}

// near reports whether a value is what was wanted within the steps of the chip.
func near(got, want float64, m *Model, v Value) bool {
	if v.Kind != pv.Float64 {
		return got == want
	}
	return math.Abs(got-want) <= 0.6*step(m, v)
}

// steps are those of models and values whose precision promises more than the chip can
// tell.
var steps = map[string]float64{
	"ads1015":      1e-3,
	"ads1115":      62.5e-6,
	"ina219 POWER": 0.02,
	"ina219 VOLT":  4e-3,
	"lm75":         0.5,
	"max31855":     0.25,
	"max31865":     0.04,
	"mcp3004":      3.3 / 1024,
	"mcp3008":      3.3 / 1024,
	"mcp4725":      3.3 / 4096,
	"mcp9808":      0.0625,
	"pca9685":      100. / 4096,
	"tmp102":       0.0625,
	"tmp75":        0.0625,
}

// step is that of a value, as far as the digits that are shown tell.
func step(m *Model, v Value) float64 {
	return max(math.Pow(10, -float64(v.Precision)), steps[m.Name], steps[m.Name+" "+v.Name])
}

func TestAWrittenValueIsReadBack(t *testing.T) {
	each(t, func(t *testing.T, m *Model, c Chip, twin Twin) {
		if err := c.Start(t.Context(), twin); err != nil {
			t.Fatal(err)
		}
		for step := range 41 {
			for i, v := range c.Values() {
				if !v.Writable {
					continue
				}
				want := at(v, step, i)
				if err := c.Write(t.Context(), twin, i, want); err != nil {
					t.Errorf("%s: %v", v.Name, err)
				}
				if got := twin.Get(i); !near(got, want, m, v) {
					t.Errorf("%s: the twin has %v, want %v", v.Name, got, want)
				}
				if got := read(t, c, twin, false)[i]; got.Err != nil || !near(got.Value, want, m, v) {
					t.Errorf("%s: read %v, want %v", v.Name, got, want)
				}
			}
		}
	})
}

func TestWhatAChipCannotTakeIsRefused(t *testing.T) {
	each(t, func(t *testing.T, _ *Model, c Chip, twin Twin) {
		if err := c.Start(t.Context(), twin); err != nil {
			t.Fatal(err)
		}
		for i, v := range c.Values() {
			before := twin.Get(i)
			for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 1e9} {
				if err := c.Write(t.Context(), twin, i, x); !errors.Is(err, ErrRange) {
					t.Errorf("%s: write %v: %v", v.Name, x, err)
				}
			}
			if after := twin.Get(i); after != before {
				t.Errorf("%s: is %v, was %v", v.Name, after, before)
			}
		}
	})
}

// A chip that was without power is set up by the next Start; Start is harmless for one
// that was not.
func TestInitAfterReappearance(t *testing.T) {
	each(t, func(t *testing.T, _ *Model, c Chip, twin Twin) {
		for i, v := range c.Values() {
			twin.Set(i, at(v, 9, i))
		}
		first := read(t, c, twin, true)
		if again := read(t, c, twin, true); !slices.Equal(first, again) {
			t.Errorf("started twice: %v, at first %v", again, first)
		}
		twin.Reset()
		again := read(t, c, twin, true)
		for i, v := range c.Values() {
			if !v.Writable && again[i] != first[i] {
				t.Errorf("%s: after a reset %v, at first %v", v.Name, again[i], first[i])
			}
		}
	})
}

// deaf is a connection on which nothing works.
type deaf struct{ err error }

func (d deaf) Tx(_, _ []byte) error { return d.err }

func TestErrorsOfTheBusAreKnownAgain(t *testing.T) {
	broken := errors.New("broken")
	each(t, func(t *testing.T, _ *Model, c Chip, twin Twin) {
		out := make([]Reading, len(c.Values()))
		if err := c.Read(t.Context(), deaf{broken}, out); !errors.Is(err, broken) {
			t.Errorf("read: %v", err)
		}
		for i, v := range c.Values() {
			if v.Writable {
				if err := c.Write(t.Context(), deaf{broken}, i, v.Limits.High); !errors.Is(err, broken) {
					t.Errorf("write: %v", err)
				}
			}
		}
	})
}

// A conversion that is waited for ends with the context.
func TestReadEndsWithItsContext(t *testing.T) {
	each(t, func(t *testing.T, _ *Model, c Chip, twin Twin) {
		if err := c.Start(t.Context(), twin); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := c.Read(ctx, twin, make([]Reading, len(c.Values())))
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("read: %v", err)
		}
	})
}

// After power on registers say 0 until the first conversion has ended: 0 °C, 0 V, which
// nobody has measured.
func TestPowerOnValueIsNotDelivered(t *testing.T) {
	for name, raw := range map[string]byte{"lm75": lm75Temperature, "tmp102": tmp102Temperature, "mcp9808": mcp9808Ambient, "ina219": inaBus} {
		synctest.Test(t, func(t *testing.T) {
			m, err := Find(name)
			if err != nil {
				t.Fatal(err)
			}
			c, err := m.New(OnI2C, nil)
			if err != nil {
				t.Fatal(err)
			}
			twin := m.Twin(OnI2C, nil)
			twin.Set(0, 12.5)
			if err := c.Start(t.Context(), twin); err != nil {
				t.Fatal(err)
			}
			if x, err := readWord(twin, raw); err != nil || x&^7 != 0 {
				t.Errorf("%s: the twin says 0x%04X %v, want 0", name, x, err)
			}
			if got := read(t, c, twin, false)[0]; math.Abs(got.Value-12.5) > 0.005 {
				t.Errorf("%s: %v", name, got)
			}
		})
	}
}

// A result that is read is that of the conversion which this Read has started.
func TestConversionIsWaitedFor(t *testing.T) {
	for _, name := range []string{"ads1115", "bme280", "max31865"} {
		m, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			s := required(m)
			c, err := m.New(buses(m)[0], s)
			if err != nil {
				t.Fatal(err)
			}
			twin := m.Twin(buses(m)[0], s)
			for i, v := range c.Values() {
				if !derived[name+" "+v.Name] {
					twin.Set(i, at(v, 3, i))
				}
			}
			first := read(t, c, twin, true)
			for i, v := range c.Values() {
				if !derived[name+" "+v.Name] {
					twin.Set(i, at(v, 30, i))
				}
			}
			// What was measured before is not what is read now.
			for i, got := range read(t, c, twin, false) {
				if got.Value == first[i].Value || !near(got.Value, twin.Get(i), m, c.Values()[i]) {
					t.Errorf("%s: %v, want %v; before it was %v", name, got, twin.Get(i), first[i])
				}
			}
		})
	}
}

// Whatever can be said to a setting, chip and twin agree.
func TestChoicesOfSettings(t *testing.T) {
	for _, m := range Models() {
		for _, p := range m.Parameters {
			for _, choice := range append(p.Choices, words(p.Example)...) {
				s := with(m, p, choice)
				for _, bus := range buses(m) {
					t.Run(fmt.Sprintf("%s/%v/%s=%s", m.Name, bus, p.Name, choice), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) { agree(t, m, bus, s) })
					})
				}
			}
		}
	}
}

// agree compares a chip with its twin at some values. Steps that depend on settings are
// taken for a part of the range.
func agree(t *testing.T, m *Model, bus Bus, s Settings) {
	c, err := m.New(bus, s)
	if err != nil {
		t.Fatal(err)
	}
	twin := m.Twin(bus, s)
	start := true
	for _, step := range []int{3, 20, 37} {
		for i, v := range c.Values() {
			if !derived[m.Name+" "+v.Name] && !v.Writable {
				twin.Set(i, at(v, step, i))
			}
		}
		read(t, c, twin, start)
		for i, v := range c.Values() {
			if v.Writable {
				if err := c.Write(t.Context(), twin, i, at(v, step, i)); err != nil {
					t.Errorf("%s: %v", v.Name, err)
				}
			}
		}
		got := read(t, c, twin, false)
		for i, v := range c.Values() {
			within := 0.002*(v.Limits.High-v.Limits.Low) + steps[m.Name]
			if got[i].Err != nil || math.Abs(got[i].Value-twin.Get(i)) > within {
				t.Errorf("%s: %v, want %v", v.Name, got[i], twin.Get(i))
			}
		}
		start = false
	}
}
