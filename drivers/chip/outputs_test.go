package chip

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// recorded is a connection that keeps what was written.
type recorded struct {
	Conn
	duplex  bool // on SPI, where something is read at the same time
	written [][]byte
}

func (c *recorded) Tx(w, r []byte) error {
	if len(r) == 0 || c.duplex {
		c.written = append(c.written, bytes.Clone(w))
	}
	return c.Conn.Tx(w, r)
}

func newMCP23Pair(t *testing.T, s Settings) (Chip, *mcp23Twin) {
	t.Helper()
	m, err := Find("mcp23017")
	if err != nil {
		t.Fatal(err)
	}
	c, err := m.New(OnI2C, s)
	if err != nil {
		t.Fatal(err)
	}
	return c, m.Twin(OnI2C, s).(*mcp23Twin)
}

// What a MCP23017 drives when it is started goes on without a single change; what it does
// not drive yet begins at the level that is written, not at another one before.
func TestAStartDoesNotGlitchOutputs(t *testing.T) {
	s := Settings{"outputs": {"A0", "A1", "B7"}, "inverted": {"A0", "A1"}}
	c, twin := newMCP23Pair(t, s)
	a0, a1, b7 := 0, 1, 15
	var changes []string
	twin.driven = func(change string) { changes = append(changes, change) }
	read(t, c, twin, true)
	if len(changes) != 0 {
		t.Errorf("start after power on: %v", changes)
	}
	for _, w := range []struct {
		value int
		state float64
	}{{a0, 0}, {b7, 1}} { // off is high: a relay that is on when low
		if err := c.Write(t.Context(), twin, w.value, w.state); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff([]string{"A0 high", "B7 high"}, changes); d != "" {
		t.Errorf("written (-want +got):\n%s", d)
	}
	changes = nil

	// Another program begins, with the same chip.
	c, _ = newMCP23Pair(t, s)
	got := read(t, c, twin, true)
	if len(changes) != 0 {
		t.Errorf("start of a chip that drives: %v", changes)
	}
	if got[a0].Value != 0 || got[a1].Value != 0 || got[b7].Value != 1 {
		t.Errorf("A0, A1, B7 are %v, %v, %v", got[a0], got[a1], got[b7])
	}

	// The power fails.
	twin.Reset()
	changes = nil
	read(t, c, twin, true)
	if err := c.Write(t.Context(), twin, a1, 1); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"A1 low"}, changes); d != "" {
		t.Errorf("after power was off (-want +got):\n%s", d)
	}
}

// A pin that is an output of a chip, and is none by its settings, is let go.
func TestMCP23017LetsGoWhatIsNoOutput(t *testing.T) {
	c, twin := newMCP23Pair(t, Settings{"outputs": {"A0"}})
	if err := twin.Tx([]byte{mcp23Direction, 0x00, 0x00}, nil); err != nil {
		t.Fatal(err)
	}
	read(t, c, twin, true)
	if twin.a[0] != 0xFE || twin.b[0] != 0xFF {
		t.Errorf("IODIR is 0x%02X and 0x%02X", twin.a[0], twin.b[0])
	}
}

func TestMCP23017Settings(t *testing.T) {
	c, twin := newMCP23Pair(t, Settings{"inputs": {"B0", "A1"}, "pull_up": {"B0"}, "inverted": {"B0"}, "outputs": {"A7"}})
	var values []string
	for _, v := range c.Values() {
		values = append(values, fmt.Sprint(v.Name, " ", v.Doc, " ", v.Writable))
	}
	if d := cmp.Diff([]string{"A1 input GPA1 false", "A7 output GPA7 true", "B0 input GPB0 false"}, values); d != "" {
		t.Errorf("values (-want +got):\n%s", d)
	}
	// Somebody has left it with inverted inputs, and registers that do not follow each other.
	for _, w := range [][]byte{{0x02, 0xFF}, {0x03, 0xFF}, {0x0A, 0x20}} {
		if err := twin.Tx(w, nil); err != nil {
			t.Fatal(err)
		}
	}
	twin.Set(2, 1)
	if got := read(t, c, twin, true); got[2].Value != 1 || got[0].Value != 0 {
		t.Errorf("got %v", got)
	}
	if twin.b[6] != 0x01 || twin.a[6] != 0 {
		t.Errorf("pull-ups 0x%02X and 0x%02X", twin.a[6], twin.b[6])
	}
	if err := c.Write(t.Context(), twin, 0, 1); !errors.Is(err, ErrRange) {
		t.Errorf("write to an input: %v", err)
	}

	m, _ := Find("mcp23017")
	for want, s := range map[string]Settings{
		"inputs: [A0] is an output":     {"outputs": {"A0", "A1"}, "inputs": {"A0"}},
		"pull_up: [A1 B7] is an output": {"outputs": {"B7", "A1"}, "pull_up": {"A1", "B7"}},
		`outputs: "C1": want some of`:   {"outputs": {"C1"}},
	} {
		if _, err := m.New(OnI2C, s); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v: %v, want %s", s, err, want)
		}
	}
}

// A chip that was without power tells nothing that could be taken for good, and takes
// what is written.
func TestLostSettingsAreNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, s := range map[string]Settings{"mcp23017": {"pull_up": {"A0"}, "outputs": {"A1"}}, "pca9685": nil} {
			m, _ := Find(name)
			c, err := m.New(OnI2C, s)
			if err != nil {
				t.Fatal(err)
			}
			twin := m.Twin(OnI2C, s)
			read(t, c, twin, true)
			twin.Reset()
			if err := c.Read(t.Context(), twin, make([]Reading, 16)); !errors.Is(err, ErrReset) {
				t.Errorf("%s: %v", name, err)
			}
			if err := c.Write(t.Context(), twin, 1, 1); err != nil {
				t.Fatal(err)
			}
			if got := read(t, c, twin, false)[1]; math.Abs(got.Value-1) > 0.02 || math.Abs(twin.Get(1)-1) > 0.02 {
				t.Errorf("%s: after a write %v, the twin has %v", name, got, twin.Get(1))
			}
		}
	})
}

func newPCA(t *testing.T, s Settings) Chip {
	t.Helper()
	m, err := Find("pca9685")
	if err != nil {
		t.Fatal(err)
	}
	c, err := m.New(OnI2C, s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// 7.3.5: 200 Hz is 0x1E, and the ends are 0x03 and 0xFF; 7.3.3: when outputs go on and
// off.
func TestPCA9685Numbers(t *testing.T) {
	for hz, want := range map[string]byte{"200": 0x1E, "50Hz": 0x79, "1.526kHz": 0x03, "24": 0xFD} {
		if got := newPCA(t, Settings{"frequency": {hz}}).(*pca).prescale; got != want {
			t.Errorf("%s: 0x%02X, want 0x%02X", hz, got, want)
		}
	}
	for _, x := range []struct {
		on, off uint16
		want    float64
	}{
		{0, 0x1000, 0},
		{0x1000, 0, 100},
		{0x1000, 0x1000, 0}, // off comes first
		{0, 2048, 50},
		{409, 1228, 819 * 100. / 4096},   // example 1
		{3685, 3275, 3686 * 100. / 4096}, // example 2, over the end
	} {
		if got := pcaDuty(x.on, x.off); got != x.want {
			t.Errorf("%d to %d: %v, want %v", x.on, x.off, got, x.want)
		}
	}
	twin := newPCATwin()
	c := newPCA(t, nil)
	if err := c.Start(t.Context(), twin); err != nil {
		t.Fatal(err)
	}
	conn := &recorded{Conn: twin}
	for _, v := range []float64{0, 100, 50, 0.001, 99.999} {
		if err := c.Write(t.Context(), conn, 2, v); err != nil {
			t.Fatal(err)
		}
	}
	want := [][]byte{{14, 0, 0, 0, 0x10}, {14, 0, 0x10, 0, 0}, {14, 0, 0, 0, 8}, {14, 0, 0, 0, 0x10}, {14, 0, 0x10, 0, 0}}
	if d := cmp.Diff(want, conn.written); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// A PCA9685 that runs goes on when a program begins, even when it does so with another
// frequency, which stops it for a moment.
func TestPCA9685GoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		twin := newPCATwin()
		c := newPCA(t, nil)
		read(t, c, twin, true)
		if err := c.Write(t.Context(), twin, 5, 25); err != nil {
			t.Fatal(err)
		}
		c = newPCA(t, nil)
		if got := read(t, c, twin, true)[5]; got.Value != 25 || twin.glitches != 0 {
			t.Errorf("same settings: %v, stopped %d times", got, twin.glitches)
		}
		c = newPCA(t, Settings{"frequency": {"50"}, "polarity": {"inverted"}, "drive": {"open_drain"}})
		if got := read(t, c, twin, true)[5]; got.Value != 25 || twin.Get(5) != 25 || twin.glitches != 1 {
			t.Errorf("another frequency: %v, %v, stopped %d times", got, twin.Get(5), twin.glitches)
		}
		if twin.registers[pcaPrescale] != 0x79 || twin.registers[pcaMode2] != pcaInvert {
			t.Errorf("registers %x and %x", twin.registers[pcaPrescale], twin.registers[pcaMode2])
		}
	})
}

// The EEPROM of a MCP4725 wears out, and decides what is put out after power on: it is
// not written, whatever is done.
func TestMCP4725EEPROMIsNeverWritten(t *testing.T) {
	s := Settings{"supply": {"3.3"}}
	m, _ := Find("mcp4725")
	c, err := m.New(OnI2C, s)
	if err != nil {
		t.Fatal(err)
	}
	twin := m.Twin(OnI2C, s).(*mcp4725Twin)
	conn := &recorded{Conn: twin}
	read(t, c, conn, true)
	if len(conn.written) != 0 {
		t.Errorf("start and read write % X", conn.written)
	}
	for _, v := range []float64{0, 0.1, 1.65, 3.3} {
		if err := c.Write(t.Context(), conn, 0, v); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff([][]byte{{0, 0}, {0, 124}, {8, 0}, {0x0F, 0xFF}}, conn.written); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if twin.writes != 0 || twin.stored != 0x800 {
		t.Errorf("the EEPROM was written %d times and has 0x%03X", twin.writes, twin.stored)
	}
	twin.Reset()
	if got := read(t, c, twin, false)[0]; math.Abs(got.Value-1.65) > 1e-9 {
		t.Errorf("after power on %v, want half of the supply", got)
	}
}
