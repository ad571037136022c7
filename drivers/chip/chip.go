package chip

import (
	"context"
	"errors"
	"fmt"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/ioclet/ioclet/pv"
)

// Model is a kind of chip.
type Model struct {
	Name      string // as a configuration calls it: "bme280"
	Title     string // what it is, for people: "temperature, pressure and humidity"
	Datasheet string // where its facts are from: maker, number, revision
	Notes     string // what its users should know besides, sentences
	I2C       *I2C   // nil if it has no I2C interface
	SPI       *SPI   // nil if it has no SPI interface

	// Parameters are the settings that New and Twin take.
	Parameters []Parameter
	// New is a chip with these settings, of which each is one of Parameters. It
	// touches no hardware. What is wrong with a setting is a [*SettingError]; several
	// are joined.
	New func(bus Bus, s Settings) (Chip, error)
	// Twin is a simulated chip with these settings, for which New had no error.
	Twin func(bus Bus, s Settings) Twin
}

// I2C says where a model is found on an I2C bus.
type I2C struct {
	Addresses []uint16 // that its pins can select; the first is the usual one
}

// SPI says how a model is talked to on an SPI bus.
type SPI struct {
	Mode     spi.Mode
	MaxSpeed physic.Frequency
}

// Bus is the kind of bus that a chip is on.
type Bus uint8

// The buses.
const (
	OnI2C Bus = iota
	OnSPI
)

// Parameter is a setting that a model takes: a number, or one or several of some words.
type Parameter struct {
	Name     string   // "range"
	Doc      string   // what it does
	Choices  []string // what can be said; nil for a number
	Min, Max float64  // of a number
	Units    string   // of a number or of Choices: "V"
	List     bool     // takes several of Choices: [A0, A1]
	Default  string   // what holds if nothing is said, words with blanks between; "" for nothing in a List, else something must be said
	Example  string   // "2.048", "[A0, A1]"
}

// Required reports whether the setting must be given.
func (p *Parameter) Required() bool { return p.Default == "" && !p.List }

// Settings are what a configuration says to the parameters of a model: the words of
// each that is given, one word for one that is no List.
type Settings map[string][]string

// SettingError says what is wrong with a setting.
type SettingError struct {
	Name string
	Err  error
}

func (e *SettingError) Error() string { return fmt.Sprintf("%s: %v", e.Name, e.Err) }

func (e *SettingError) Unwrap() error { return e.Err }

// Conn is the way to one chip: on I2C w is written, then r is read, in one transaction
// with a repeated start, and either may be empty; on SPI both are of the same length and
// go at the same time, with the chip selected once. Both conn.Conn of periph.io and
// simulated chips are one.
type Conn interface {
	Tx(w, r []byte) error
}

// Chip is a chip of a [Model] with its settings. Its methods are called one at a time.
// Errors of Conn are returned wrapped, so that the bus's driver knows them again.
type Chip interface {
	// Values are what the chip has; the list does not change.
	Values() []Value
	// Start makes sure that it is this chip that answers, as far as that can be
	// told ([ErrWrongChip]), and sets it up. It is called when the bus was opened and
	// whenever the chip answers again after it has not; it must not disturb outputs
	// that the chip still drives.
	Start(ctx context.Context, c Conn) error
	// Read makes one measurement and fills out, one for each of Values. An error is one
	// of all values, and after it Start is called before the next Read; what concerns
	// one value (a sensor that is not connected) is that Reading's. A conversion is waited for
	// with [Wait], so that others can use the bus meanwhile.
	Read(ctx context.Context, c Conn, out []Reading) error
	// Write sets the i-th of Values, which is writable, in its unit.
	// [ErrRange] says that the chip cannot take v.
	Write(ctx context.Context, c Conn, i int, v float64) error
}

// Value is one value of a chip.
type Value struct {
	Name      string  // of the PV that it becomes: "TEMP"
	Doc       string  // what it is, short enough for the DESC field of a record
	Kind      pv.Kind // Float64, Int64 or Enum
	Units     string
	Precision int16
	Limits    pv.Limits // what it can be; of no meaning if both are 0
	States    []string  // of an Enum
	Writable  bool      // and read back
}

// Reading is what a chip says of one of its values.
type Reading struct {
	Value float64 // in the value's unit; the number of an Enum's state
	Err   error   // why there is no value
}

// Twin is a simulated chip. Its methods are called one at a time.
type Twin interface {
	Conn
	// Set has the chip measure v for its i-th value from now on, as near to it as
	// the chip's registers can say it. NaN disconnects the sensor of a chip that can
	// tell; for others it means nothing.
	Set(i int, v float64)
	// Get is the i-th value: what Set has said, or what was written to it.
	Get(i int) float64
	// Reset switches the chip's power off and on: it forgets all that was written to
	// it, but not what Set has said.
	Reset()
}

// What chips report, besides errors of the bus.
var (
	ErrWrongChip    = errors.New("another chip answers")
	ErrNoAnswer     = errors.New("no chip answers") // on SPI, where nobody acknowledges
	ErrReset        = errors.New("the chip was without power and has lost its settings")
	ErrRange        = errors.New("out of range")
	ErrChecksum     = errors.New("wrong checksum")
	ErrNotReady     = errors.New("the chip does not get ready")
	ErrDisconnected = errors.New("the sensor is not connected")
	ErrShort        = errors.New("the sensor has a short circuit")
)
