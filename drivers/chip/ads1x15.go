package chip

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// Registers of the ADS1115 and ADS1015, two bytes each (ADS1115: 9.6).
const (
	adsConversion = 0x00
	adsConfig     = 0x01

	adsStart     = 1 << 15 // bits of adsConfig; 1 when read: no conversion under way
	adsOnce      = 1 << 8
	adsNoCompare = 3
	adsSettings  = 0x7FFF // all but adsStart
	adsWakeUp    = 50 * time.Microsecond
)

// adsInputs are the inputs and pairs of inputs, as the config register counts them.
var adsInputs = []string{"A0-A1", "A0-A3", "A1-A3", "A2-A3", "A0", "A1", "A2", "A3"}

// adsRanges are the ranges in V, as the config register counts them.
var adsRanges = []string{"6.144", "4.096", "2.048", "1.024", "0.512", "0.256"}

func ads1115() *Model {
	return adsModel(Model{
		Name:      "ads1115",
		Title:     "four voltages, 16 bits",
		Datasheet: "Texas Instruments ADS111x, SBAS444D (2018), 9.3, 9.5.4 and 9.6",
		Notes:     "A voltage at either end of the range is an alarm, since what is beyond looks the same. Between measurements the chip sleeps.",
	}, 16, "128", "8", "16", "32", "64", "128", "250", "475", "860")
}

func ads1015() *Model {
	return adsModel(Model{
		Name:      "ads1015",
		Title:     "four voltages, 12 bits",
		Datasheet: "Texas Instruments ADS101x, SBAS473E (2018), 9.3, 9.5.4 and 9.6",
		Notes:     "The same as the ADS1115, faster and with fewer bits.",
	}, 12, "1600", "128", "250", "490", "920", "1600", "2400", "3300")
}

func adsModel(m Model, bits int, rate string, rates ...string) *Model {
	m.I2C = &I2C{Addresses: []uint16{0x48, 0x49, 0x4A, 0x4B}}
	m.Parameters = []Parameter{{
		Name: "inputs", Choices: adsInputs, List: true, Default: "A0 A1 A2 A3", Example: "[A0, A2-A3]",
		Doc: "what is measured: inputs against ground, which become CH0 to CH3, and the differences of two, such as CH23",
	}, {
		Name: "range", Choices: adsRanges, Units: "V", Default: "2.048", Example: "4.096",
		Doc: "the largest voltage that can be told, either sign; what is applied must stay within the supply all the same",
	}, {
		Name: "rate", Choices: rates, Units: "Hz", Default: rate, Example: rates[0],
		Doc: "conversions per second: slower is quieter; each input takes one conversion",
	}}
	return define(m, func(_ Bus, s settings) (Chip, error) {
		return newADS(s, bits, rates)
	}, func(_ Bus, s settings) Twin {
		return newADSTwin(s, bits)
	})
}

// ads is an ADS1115 or ADS1015, which converts once for each input and sleeps
// otherwise. Nothing is left in it that it could lose.
type ads struct {
	readOnly
	inputs  []string
	configs []uint16 // what starts the conversion of each input
	full    float64  // V
	bits    int
	period  time.Duration
}

func newADS(s settings, bits int, rates []string) (Chip, error) {
	a := &ads{inputs: s.list("inputs"), full: s.number("range"), bits: bits}
	if len(a.inputs) == 0 {
		return nil, &SettingError{"inputs", fmt.Errorf("want one or more of %s", strings.Join(adsInputs, ", "))}
	}
	a.period = time.Duration(float64(time.Second) / s.number("rate"))
	common := adsOnce | adsNoCompare | position(adsRanges, s.word("range"))<<9 | position(rates, s.word("rate"))<<5
	for _, in := range a.inputs {
		a.configs = append(a.configs, uint16(common|position(adsInputs, in)<<12))
	}
	return a, nil
}

// position is the place of a word that is in the list.
func position(list []string, word string) int {
	for i := range list {
		if list[i] == word {
			return i
		}
	}
	panic("chip: no choice " + word)
}

// Values are the inputs, in the order of the setting. Chip.
func (a *ads) Values() (values []Value) {
	step := a.full / float64(int(1)<<(a.bits-1))
	for _, in := range a.inputs {
		low, doc := 0.0, "voltage of "+in
		if strings.Contains(in, "-") {
			low, doc = -a.full, "voltage between "+strings.Replace(in, "-", " and ", 1)
		}
		values = append(values, number(channelName(in), doc, "V", low, a.full, digits(step)))
	}
	return values
}

// channelName is the PV of an input: CH0 for A0 or CH0, CH01 for A0-A1 or CH0-CH1.
func channelName(input string) string {
	name := []byte("CH")
	for i := range len(input) {
		if c := input[i]; c >= '0' && c <= '9' {
			name = append(name, c)
		}
	}
	return string(name)
}

// Start writes the settings and sees whether the chip has them. Chip.
func (a *ads) Start(_ context.Context, c Conn) error {
	if err := writeWord(c, adsConfig, a.configs[0]); err != nil {
		return err
	}
	got, err := readWord(c, adsConfig)
	if err != nil {
		return err
	}
	if (got^a.configs[0])&adsSettings != 0 {
		return fmt.Errorf("%w: register 1 says 0x%04X after 0x%04X was written", ErrWrongChip, got, a.configs[0])
	}
	return nil
}

// Read converts each input in turn. Chip.
func (a *ads) Read(ctx context.Context, c Conn, out []Reading) error {
	for i := range a.inputs {
		code, err := a.convert(ctx, c, a.configs[i])
		if err != nil {
			return err
		}
		code >>= 16 - a.bits // those of the ADS1015 are at the upper end
		most := int16(1)<<(a.bits-1) - 1
		if code >= most || code <= -most-1 {
			out[i] = Reading{Err: fmt.Errorf("%w: more than %v V", ErrRange, a.full)}
			continue
		}
		out[i] = Reading{Value: float64(code) * a.full / float64(int(most)+1)}
	}
	return nil
}

// convert does one conversion. The chip's clock is up to 10 % slow.
func (a *ads) convert(ctx context.Context, c Conn, config uint16) (int16, error) {
	if err := writeWord(c, adsConfig, config|adsStart); err != nil {
		return 0, err
	}
	pause := a.period + adsWakeUp
	for range 5 {
		if err := Wait(ctx, c, pause); err != nil {
			return 0, err
		}
		got, err := readWord(c, adsConfig)
		if err != nil {
			return 0, err
		}
		if (got^config)&adsSettings != 0 {
			return 0, ErrReset
		}
		if got&adsStart != 0 {
			code, err := readWord(c, adsConversion)
			return int16(code), err
		}
		pause = a.period/20 + adsWakeUp
	}
	return 0, ErrNotReady
}

// readWord reads a register of two bytes, the higher first.
func readWord(c Conn, at byte) (uint16, error) {
	var b [2]byte
	err := c.Tx([]byte{at}, b[:])
	return binary.BigEndian.Uint16(b[:]), err
}

// writeWord writes a register of two bytes, the higher first.
func writeWord(c Conn, at byte, x uint16) error {
	return c.Tx([]byte{at, byte(x >> 8), byte(x)}, nil)
}
