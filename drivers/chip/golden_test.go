package chip

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// replies answers on I2C to what is written, a key for each; what is not a key is taken
// without an answer. The answer to nothing written is that to the last key.
type replies struct {
	answers map[string][]byte
	last    []byte
}

func (c *replies) Tx(w, r []byte) error {
	if answer, ok := c.answers[string(w)]; ok {
		c.last = answer
	}
	if len(r) > 0 {
		copy(r, c.last)
	}
	return nil
}

// shifted answers on SPI with the same bytes always.
type shifted []byte

func (c shifted) Tx(_, r []byte) error {
	copy(r, c)
	return nil
}

// Worked examples and tables of datasheets: bytes from the bus, and what they mean.
func TestDatasheetExamples(t *testing.T) {
	register := func(at byte, x uint16) map[string][]byte {
		return map[string][]byte{string(at): {byte(x >> 8), byte(x)}}
	}
	type example struct {
		model, source string
		settings      Settings
		conn          Conn
		want          []float64
	}
	var examples []example
	thermometers := func(model, source string, at byte, settings Settings, pairs map[uint16]float64) {
		for bits, celsius := range pairs {
			examples = append(examples, example{model, source, settings, &replies{answers: register(at, bits)}, []float64{celsius}})
		}
	}
	thermometers("lm75", "LM75A, temperature data format", 0, nil, map[uint16]float64{
		0x0FA << 7: 125, 0x032 << 7: 25, 0x001 << 7: 0.5, 0x000 << 7: 0, 0x1FF << 7: -0.5, 0x1CE << 7: -25, 0x192 << 7: -55,
		0x0032<<7 | 0x7F: 25, // the lower bits are not defined
	})
	thermometers("lm75", "LM75B, 11 bits", 0, Settings{"resolution": {"11"}}, map[uint16]float64{
		0x3F8 << 5: 127, 0x3F1 << 5: 126.125, 0x0C8 << 5: 25, 0x001 << 5: 0.125, 0x7FF << 5: -0.125, 0x739 << 5: -24.875, 0x649 << 5: -54.875,
	})
	thermometers("tmp75", "SBOS288J table 5", 0, nil, map[uint16]float64{
		0x7FF << 4: 127.9375, 0x640 << 4: 100, 0x4B0 << 4: 75, 0x004 << 4: 0.25, 0x000 << 4: 0, 0xFFC << 4: -0.25, 0xE70 << 4: -25,
		0xC90 << 4: -55,
	})
	thermometers("tmp102", "TMP102, 12 bits", 0, nil, map[uint16]float64{
		0x7FF << 4: 127.9375, 0x640 << 4: 100, 0x500 << 4: 80, 0x4B0 << 4: 75, 0x320 << 4: 50, 0x190 << 4: 25, 0x004 << 4: 0.25,
		0x000 << 4: 0, 0xFFC << 4: -0.25, 0xE70 << 4: -25, 0xC90 << 4: -55,
	})
	thermometers("tmp102", "TMP102, extended mode, 13 bits", 0, nil, map[uint16]float64{
		0x0960<<3 | 1: 150, 0x0800<<3 | 1: 128, 0x07FF<<3 | 1: 127.9375, 0x0190<<3 | 1: 25, 0x1FFC<<3 | 1: -0.25, 0x1E70<<3 | 1: -25,
		0x1C90<<3 | 1: -55,
	})
	thermometers("mcp9808", "MCP9808 5.1.3, with and without the bits of the limits", 5, nil, map[uint16]float64{
		0xC194: 25.25, 0x0194: 25.25, 0x1FFF: -0.0625, 0x3E60: -26, 0xDC90: -55, 0x07D0: 125, 0x0000: 0,
	})
	examples = append(examples,
		example{
			"ina219", "INA219, example of a measurement",
			Settings{"shunt": {"2mohm"}, "range": {"40"}, "bus_range": {"16"}},
			&replies{answers: map[string][]byte{"\x01": {0x07, 0xD0}, "\x02": {0x5D, 0x98}}},
			[]float64{11.98, 10, 119.8},
		},
		example{
			"ina219", "INA219 8.6.3.1: -320 mV is 0x8300, so -319 mV is 0x8364", nil,
			&replies{answers: map[string][]byte{"\x01": {0x83, 0x64}, "\x02": {0x00, 0x00}}},
			[]float64{0, -3.19, 0},
		},
	)
	for bits, volts := range map[[2]uint16]float64{ // SBAS444D table 3 with ±2.048 V; a step is 62.5 µV
		{16, 0x0001}: 62.5e-6, {16, 0x0000}: 0, {16, 0xFFFF}: -62.5e-6, {16, 0x7FFE}: 2.048 - 2*62.5e-6, {16, 0x8001}: -2.048 + 62.5e-6,
		{12, 0x0010}: 1e-3, {12, 0xFFF0}: -1e-3, {12, 0x7FE0}: 2.046,
	} {
		model := map[uint16]string{16: "ads1115", 12: "ads1015"}[bits[0]]
		examples = append(examples, example{
			model, "table 3", Settings{"inputs": {"A0-A1"}}, &adsScript{result: bits[1]}, []float64{volts},
		})
	}
	for word, want := range map[uint32][]float64{ // 19-5793 tables 4 and 5
		0x1900<<18 | 0x7F0<<4: {1600, 127},
		0x0FA0<<18 | 0x649<<4: {1000, 100.5625},
		0x0193<<18 | 0x190<<4: {100.75, 25},
		0x0064<<18 | 0x000<<4: {25, 0},
		0x0000<<18 | 0xFFF<<4: {0, -0.0625},
		0x3FFF<<18 | 0xFF0<<4: {-0.25, -1},
		0x3FFC<<18 | 0xEC0<<4: {-1, -20},
		0x3C18<<18 | 0xC90<<4: {-250, -55},
	} {
		examples = append(examples, example{
			"max31855", "MAX31855 tables 4 and 5", nil, shifted{byte(word >> 24), byte(word >> 16), byte(word >> 8), byte(word)}, want,
		})
	}
	for bytes, want := range map[string][]float64{ // formulas 4.13
		"\xBE\xEF\x92\xBE\xEF\x92": {175*48879.0/65535 - 45, 100 * 48879.0 / 65535},
		"\x00\x00\x81\xFF\xFF\xAC": {-45, 100},
	} {
		answers := map[string][]byte{"\x24\x00": []byte(bytes)}
		examples = append(examples, example{"sht3x", "SHT3x 4.13", nil, &replies{answers: answers}, want})
	}
	for bytes, want := range map[string][]float64{ // formulas 4.6: humidity is held to 0 and 100
		"\xBE\xEF\x92\xBE\xEF\x92": {175*48879.0/65535 - 45, 125*48879.0/65535 - 6},
		"\xFF\xFF\xAC\x00\x00\x81": {130, 0},
		"\x00\x00\x81\xFF\xFF\xAC": {-45, 100},
	} {
		answers := map[string][]byte{"\xFD": []byte(bytes)}
		examples = append(examples, example{"sht4x", "SHT4x 4.6", nil, &replies{answers: answers}, want})
	}
	examples = append(examples,
		example{
			"mcp3008", "MCP3008, half of the reference",
			Settings{"reference": {"5V"}, "inputs": {"CH0"}},
			shifted{0xFF, 0xFA, 0x00},
			[]float64{2.5},
		},
		example{
			"mcp4725", "MCP4725, half of the supply",
			Settings{"supply": {"5V"}},
			&replies{last: []byte{0xC0, 0x80, 0x00, 0x08, 0x00}},
			[]float64{2.5},
		},
		example{
			"mcp4725", "MCP4725, switched off",
			Settings{"supply": {"5V"}},
			&replies{last: []byte{0xC2, 0x80, 0x00, 0x08, 0x00}},
			[]float64{0},
		},
	)
	for _, x := range examples {
		t.Run(x.model, func(t *testing.T) {
			m, err := Find(x.model)
			if err != nil {
				t.Fatal(err)
			}
			c, err := m.New(buses(m)[0], x.settings)
			if err != nil {
				t.Fatal(err)
			}
			for i, got := range read(t, c, x.conn, false) {
				if got.Err != nil || math.Abs(got.Value-x.want[i]) > 1e-9 {
					t.Errorf("%s: value %d is %v, want %v", x.source, i, got, x.want[i])
				}
			}
		})
	}
}

// adsScript is an ADS1115 whose conversions all give the same.
type adsScript struct {
	config [2]byte
	result uint16
}

func (a *adsScript) Tx(w, r []byte) error {
	if len(w) == 3 {
		a.config = [2]byte{w[1], w[2]}
	}
	if len(r) == 2 && w[0] == 1 {
		copy(r, []byte{a.config[0] | 0x80, a.config[1]})
	}
	if len(r) == 2 && w[0] == 0 {
		copy(r, bigEndian(a.result))
	}
	return nil
}

// The ends of the range are what the converter says of everything beyond (SBAS444D
// table 3).
func TestADS1115OutOfRange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := Find("ads1115")
		for _, code := range []uint16{0x7FFF, 0x8000} {
			c, err := m.New(OnI2C, Settings{"inputs": {"A0-A1"}})
			if err != nil {
				t.Fatal(err)
			}
			if got := read(t, c, &adsScript{result: code}, false)[0]; !errors.Is(got.Err, ErrRange) {
				t.Errorf("0x%04X: %v", code, got)
			}
		}
	})
}

// After power on the config register has 0x8583 (SBAS444D 9.6.3): AIN0 and AIN1 against
// each other, with the default settings.
func TestADS1115Config(t *testing.T) {
	for _, test := range []struct {
		settings Settings
		want     uint16
	}{
		{Settings{"inputs": {"A0-A1"}}, 0x0583},
		{Settings{"inputs": {"A3"}, "range": {"6.144V"}, "rate": {"860"}}, 0x71E3},
		{Settings{"inputs": {"A2-A3"}, "range": {"256mV"}, "rate": {"8Hz"}}, 0x3B03},
	} {
		m, _ := Find("ads1115")
		c, err := m.New(OnI2C, test.settings)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.(*ads).configs[0]; got != test.want {
			t.Errorf("%v: 0x%04X, want 0x%04X", test.settings, got, test.want)
		}
	}
}

// What the config register has with the default settings is what it has after power on.
func TestINA219Config(t *testing.T) {
	m, _ := Find("ina219")
	for _, test := range []struct {
		settings Settings
		want     uint16
	}{
		{nil, 0x399F},
		{Settings{"range": {"40mV"}, "bus_range": {"16V"}}, 0x019F},
		{Settings{"average": {"128"}}, 0x3FFF},
	} {
		c, err := m.New(OnI2C, test.settings)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.(*ina).config; got != test.want {
			t.Errorf("%v: 0x%04X, want 0x%04X", test.settings, got, test.want)
		}
	}
}

func TestINA219OutOfRange(t *testing.T) {
	m, _ := Find("ina219")
	s := Settings{"range": {"80mV"}}
	c, err := m.New(OnI2C, s)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		twin := m.Twin(OnI2C, s)
		twin.Set(0, 5)
		twin.Set(1, 0.9) // 90 mV on 0.1 ohm
		got := read(t, c, twin, true)
		if got[0].Value != 5 || !errors.Is(got[1].Err, ErrRange) || !errors.Is(got[2].Err, ErrRange) {
			t.Errorf("got %v", got)
		}
		twin.Set(2, 2.5)
		if got := read(t, c, twin, false); math.Abs(got[2].Value-2.5) > 1e-3 || math.Abs(got[1].Value-0.5) > 1e-4 {
			t.Errorf("2.5 W at 5 V: %v", got)
		}
	})
}

// The twin has the registers that the chip calculates; those of the datasheet's example.
func TestINA219TwinCalculates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		twin := newINATwin(0.002)
		twin.Set(0, 11.98)
		twin.Set(1, 10)
		for _, w := range [][]byte{{0, 0x01, 0x9F}, {5, 0x50, 0x00}} {
			if err := twin.Tx(w, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := twin.settling.wait(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		for at, want := range []uint16{0x019F, 0x07D0, 0x5D98 | 2, 0x1766, 0x2710, 0x5000} {
			if got, err := readWord(twin, byte(at)); err != nil || got != want {
				t.Errorf("register %d: 0x%04X %v, want 0x%04X", at, got, err, want)
			}
		}
	})
}

// Table 20 of the SHT3x's datasheet.
func TestSensirionChecksum(t *testing.T) {
	if got := checksum([]byte{0xBE, 0xEF}); got != 0x92 {
		t.Errorf("0xBEEF: 0x%02X, want 0x92", got)
	}
	for _, name := range []string{"sht3x", "sht4x"} {
		m, _ := Find(name)
		c, err := m.New(OnI2C, nil)
		if err != nil {
			t.Fatal(err)
		}
		wrong := &replies{last: []byte{0xBE, 0xEF, 0x92, 0xBE, 0xEF, 0x93}}
		if err := c.Read(t.Context(), wrong, make([]Reading, 2)); !errors.Is(err, ErrChecksum) {
			t.Errorf("%s: %v", name, err)
		}
	}
	twin := &shtTwin{}
	twin.say(0xBEEF)
	if !bytes.Equal(twin.answer, []byte{0xBE, 0xEF, 0x92}) {
		t.Errorf("the twin says % X", twin.answer)
	}
}

// Tables 2 and 3: what is wrong with the thermocouple leaves the cold junction alone.
func TestMAX31855Faults(t *testing.T) {
	m, _ := Find("max31855")
	c, err := m.New(OnSPI, nil)
	if err != nil {
		t.Fatal(err)
	}
	for bits, want := range map[byte]error{1: ErrDisconnected, 2: ErrShort, 4: ErrShort} {
		got := read(t, c, shifted{0x7F, 0xFD, 0x19, 0x00 | bits}, true)
		if !errors.Is(got[0].Err, want) || got[1] != (Reading{Value: 25.0625 - 0.0625}) {
			t.Errorf("fault %d: %v, want %v and 25", bits, got, want)
		}
	}
	for _, silent := range []shifted{{0, 0, 0, 0}, {0xFF, 0xFF, 0xFF, 0xFF}, {0, 2, 0, 0}, {0, 0, 0x10, 8}} {
		if err := c.Start(t.Context(), silent); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("% X: %v", []byte(silent), err)
		}
	}
	twin := m.Twin(OnSPI, nil)
	twin.Set(0, math.NaN())
	twin.Set(1, 30)
	if got := read(t, c, twin, true); !errors.Is(got[0].Err, ErrDisconnected) || got[1].Value != 30 {
		t.Errorf("open: %v", got)
	}
}

// Table 9 of the MAX31865's datasheet: a Pt100 with 400 ohm. IEC 60751, table 1, has the
// same resistances and those above 550 °C.
func TestPlatinumTable(t *testing.T) {
	for _, x := range []struct {
		celsius, ohm float64
		code         uint16
	}{
		{-200, 18.52, 1517},
		{-175, 29.22, 2394},
		{-100, 60.26, 4936},
		{-50, 80.31, 6579},
		{-10, 96.09, 7871},
		{0, 100, 8192},
		{10, 103.90, 8512},
		{50, 119.40, 9781},
		{100, 138.51, 11346},
		{200, 175.86, 14406},
		{400, 247.09, 20242},
		{550, 297.49, 24370},
		{850, 390.48, 31988},
	} {
		if got := platinum(x.ohm / 100); math.Abs(got-x.celsius) > 0.02 {
			t.Errorf("%v ohm: %v °C, want %v", x.ohm, got, x.celsius)
		}
		if got := platinum(float64(x.code) / 32768 * 4); math.Abs(got-x.celsius) > 0.03 {
			t.Errorf("code %d: %v °C, want %v", x.code, got, x.celsius)
		}
		twin := newMAX31865Twin(400, 100)
		twin.Set(0, x.celsius)
		if math.Abs(twin.Get(1)-x.ohm) > 0.005 || math.Abs(twin.Get(0)-x.celsius) > 1e-9 {
			t.Errorf("the twin at %v °C has %v ohm and %v °C", x.celsius, twin.Get(1), twin.Get(0))
		}
	}
}

func TestMAX31865Faults(t *testing.T) {
	s := Settings{"reference": {"430ohm"}, "wires": {"3"}, "filter": {"60"}}
	m, _ := Find("max31865")
	c, err := m.New(OnSPI, s)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		twin := m.Twin(OnSPI, s)
		for _, x := range []struct {
			ohm  float64
			want error
		}{
			{math.NaN(), ErrDisconnected},
			{500, ErrDisconnected}, // more than can be told
			{0, ErrShort},
			{5, ErrShort},
			{400, ErrRange},
		} {
			twin.Set(1, x.ohm)
			if got := read(t, c, twin, true); !errors.Is(got[0].Err, x.want) {
				t.Errorf("%v ohm: %v, want %v", x.ohm, got, x.want)
			}
		}
		twin.Set(1, 100)
		got := read(t, c, twin, false)
		if got[0].Err != nil || math.Abs(got[0].Value) > 0.02 || math.Abs(got[1].Value-100) > 0.01 {
			t.Errorf("after the faults: %v, want 0 °C and 100 ohm", got)
		}
		if config := twin.(*max31865Twin).registers[0]; config != max31865ThreeW {
			t.Errorf("the current flows on: register 0 has 0x%02X", config)
		}
	})
	if _, err := m.New(OnSPI, Settings{"reference": {"430"}, "r0": {"1000"}}); err == nil {
		t.Error("a Pt1000 cannot be measured with 430 ohm")
	}
	for status, want := range map[byte]error{0x80: ErrDisconnected, 0x20: ErrDisconnected, 0x40: ErrShort, 0x10: ErrShort, 0x08: ErrShort, 0x04: ErrShort} {
		if err := max31865Wiring(0x4001, status); !errors.Is(err, want) {
			t.Errorf("fault status 0x%02X: %v, want %v", status, err, want)
		}
	}
}

func TestMCP3008Inputs(t *testing.T) {
	for _, test := range []struct {
		model, input string
		want         byte
	}{
		{"mcp3008", "CH0", 0x80},
		{"mcp3008", "CH7", 0xF0},
		{"mcp3008", "CH0-CH1", 0x00},
		{"mcp3008", "CH5-CH4", 0x50},
		{"mcp3004", "CH3", 0xB0},
		{"mcp3004", "CH3-CH2", 0x30},
	} {
		m, _ := Find(test.model)
		s := Settings{"reference": {"3.3V"}, "inputs": {test.input}}
		c, err := m.New(OnSPI, s)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.(*mcpADCChip).commands[0]; got != test.want {
			t.Errorf("%s of a %s: 0x%02X, want 0x%02X", test.input, test.model, got, test.want)
		}
		twin := m.Twin(OnSPI, s)
		twin.Set(0, 1.65)
		if got := read(t, c, twin, true)[0]; math.Abs(got.Value-1.65) > 1e-9 {
			t.Errorf("%s of a %s: %v", test.input, test.model, got)
		}
		if err := c.Start(t.Context(), shifted{0xFF, 0xFF, 0xFF}); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("nobody there: %v", err)
		}
	}
	m, _ := Find("mcp3004")
	if _, err := m.New(OnSPI, Settings{"reference": {"3.3"}, "inputs": {"CH4"}}); err == nil {
		t.Error("a MCP3004 has CH4")
	}
}

func TestOtherChipsAreToldApart(t *testing.T) {
	for _, test := range []struct {
		model string
		conn  Conn
	}{
		{"tmp102", scripted{0x00}},
		{"tmp102", newLM75Twin(9)},
		{"mcp9808", newLM75Twin(9)},
		{"mcp9808", scripted{0x54, 0x00}},
		{"ads1115", newLM75Twin(9)},
		{"ads1115", newTMP102Twin()},
		{"ina219", newLM75Twin(9)},
		{"pca9685", newINATwin(0.1)},
		{"mcp23017", scripted{0xFF}},
		{"max31865", scripted{0x12}},
	} {
		t.Run(fmt.Sprintf("%s/%T", test.model, test.conn), func(t *testing.T) {
			m, _ := Find(test.model)
			c, err := m.New(buses(m)[0], required(m))
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(t.Context(), test.conn); !errors.Is(err, ErrWrongChip) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// What Start sends to chips that keep something.
func TestSettingsAreWritten(t *testing.T) {
	for _, test := range []struct {
		model    string
		settings Settings
		want     [][]byte
	}{
		{"sht3x", nil, [][]byte{{0x30, 0x93}, {0xF3, 0x2D}}}, // ends what measures by itself; status
		{"sht4x", nil, [][]byte{{0x89}}},                     // serial number
		{"mcp9808", Settings{"resolution": {"0.5C"}}, [][]byte{{0x08, 0x00}}},
		{"mcp9808", Settings{"resolution": {"0.125"}}, [][]byte{{0x08, 0x02}}},
		{"tmp75", Settings{"resolution": {"10"}}, [][]byte{{0x01, 0x20}}},
		{"tmp75", nil, [][]byte{{0x01, 0x60}}},
		{"lm75", nil, nil},
		{"tmp102", nil, nil},
	} {
		m, err := Find(test.model)
		if err != nil {
			t.Fatal(err)
		}
		c, err := m.New(OnI2C, test.settings)
		if err != nil {
			t.Fatal(err)
		}
		conn := &recorded{Conn: m.Twin(OnI2C, test.settings)}
		if err := c.Start(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(test.want, conn.written); d != "" {
			t.Errorf("%s %v (-want +got):\n%s", test.model, test.settings, d)
		}
	}
}

// Start changes what concerns conversions, and nothing of the alarm output.
func TestAlarmOutputsAreLeftAsTheyAre(t *testing.T) {
	for _, test := range []struct {
		model        string
		register     byte
		before, want []byte
	}{
		{"lm75", lm75Config, []byte{0x1F}, []byte{0x1E}},
		{"tmp75", lm75Config, []byte{0x9F}, []byte{0x7E}},
		{"tmp102", tmp102Config, []byte{0x7F, 0x90}, []byte{0x7E, 0xB0}},
		{"mcp9808", mcp9808Config, []byte{0x07, 0x0F}, []byte{0x06, 0x0F}},
	} {
		m, err := Find(test.model)
		if err != nil {
			t.Fatal(err)
		}
		c, err := m.New(OnI2C, nil)
		if err != nil {
			t.Fatal(err)
		}
		twin := m.Twin(OnI2C, nil)
		if err := twin.Tx(append([]byte{test.register}, test.before...), nil); err != nil {
			t.Fatal(err)
		}
		if err := c.Start(t.Context(), twin); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(test.want))
		if err := twin.Tx([]byte{test.register}, got); err != nil || !bytes.Equal(got, test.want) {
			t.Errorf("%s: % X %v, want % X", test.model, got, err, test.want)
		}
	}
}

// Table 2 of the MAX31865's datasheet: bias, one shot, three wires, fault detection,
// clear, 50 Hz.
func TestMAX31865Config(t *testing.T) {
	for _, test := range []struct {
		settings Settings
		want     []byte // Start; current on, detect faults, convert, current off
	}{
		{Settings{"wires": {"2"}}, []byte{0x83, 0x01, 0x83, 0x85, 0xA1, 0x01}},
		{Settings{"wires": {"3"}, "filter": {"60Hz"}}, []byte{0x92, 0x10, 0x92, 0x94, 0xB0, 0x10}},
	} {
		m, _ := Find("max31865")
		test.settings["reference"] = []string{"430"}
		c, err := m.New(OnSPI, test.settings)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			conn := &recorded{Conn: m.Twin(OnSPI, test.settings), duplex: true}
			read(t, c, conn, true)
			var got []byte
			for _, w := range conn.written {
				if w[0] == 0x80 {
					got = append(got, w[1])
				}
			}
			if !bytes.Equal(got, test.want) {
				t.Errorf("%v: % X, want % X", test.settings, got, test.want)
			}
		})
	}
}
