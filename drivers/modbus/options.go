package modbus

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// Options describe a line or a connection and the slaves on it.
type Options struct {
	Name string // in logs

	// Dial connects; must be set. Close of the connection unblocks its Read, and
	// perhaps its Write. An error that wraps drivers.ErrAbsent says that this machine has no such
	// port. It returns soon after ctx ends.
	Dial func(ctx context.Context) (io.ReadWriteCloser, error)

	Mode Mode

	// Pause is the least time between the end of an answer and the next request. The
	// frames of RTU are told apart by it: see [Silence].
	Pause        time.Duration
	WriteTimeout time.Duration // for a request to be taken; default 1 s

	// ReconnectAfter is the number of timeouts in a row of every slave after which the
	// connection is given up and made anew. Zero: 3 for TCP, never for RTU; negative: never.
	ReconnectAfter int

	Log    *slog.Logger // default slog.Default()
	Slaves []Slave
}

// Silence is the least time between two RTU frames on a line of so many baud: that of 3.5
// characters of 11 bits, and 1.75 ms above 19200 baud (MODBUS over Serial Line V1.02,
// 2.5.1.1).
func Silence(baud int) time.Duration {
	if baud <= 0 || baud > 19200 {
		return 1750 * time.Microsecond
	}
	return 35 * 11 * time.Second / time.Duration(10*baud)
}

// Slave is one of the devices that a line or a connection leads to.
type Slave struct {
	Name    string        // in errors and logs; default "unit N"
	Unit    uint8         // its number: 1 to 247, and over TCP also 0 and 255, which mean the far end itself
	Timeout time.Duration // from a request to the beginning of its answer; default 1 s

	Order Order // of its values

	// Gap is how many registers, or 16 times as many bits, between two values are read
	// along so that one request gets both; default 8, negative: none.
	Gap int
	// MaxRead is how many registers a request may ask for, and 16 times as many bits; default,
	// and at most, what the protocol allows: 125.
	MaxRead int
	// Multiple has single registers and coils, too, written by the functions for
	// several (16 and 15), which some slaves know only.
	Multiple bool

	Values []Value
}

// Value is one value of a slave.
type Value struct {
	Name    string // in errors and logs
	Table   Table
	Address uint16 // of the first register or bit, from 0 on, as it is on the wire
	Type    Type
	Order   Order
	Bit     uint8 // of a register, 0 is the lowest; Type must be Bit

	Count int // elements of an array, bytes of a String; 0: a scalar

	// What the channel has is the number times Scale plus Offset; Scale 0 means 1.
	Scale, Offset float64

	Write  bool     // it can be written
	OnExit pv.Value // written when the driver is closed, unless Invalid
}

const (
	defaultTimeout   = time.Second
	defaultGap       = 8
	defaultReconnect = 3
)
