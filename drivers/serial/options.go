package serial

import (
	"log/slog"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// Options describe a port and what is connected to it.
type Options struct {
	Name         string        // the port's name in logs; default: the transport's
	Transport    Transport     // how to connect; must be set
	Delay        time.Duration // least time between the end of one exchange and the next command
	WriteTimeout time.Duration // for the port to take a command; default 1 s
	MaxLine      int           // bytes of a line; default 64 KiB, for long arrays 32 an element up to 4 MiB

	// ReconnectAfter is the number of timeouts in a row on every device of the
	// port after which the connection is given up and made anew. Zero: 3 for TCP,
	// RFC 2217 and listening, never for others, whose devices may be reset by opening; negative: never.
	ReconnectAfter int

	Log     *slog.Logger // default slog.Default(); Debug traces every line
	Devices []Device
}

// Device is one instrument on a port.
type Device struct {
	Name string

	// InTerminator ends the lines that the device sends, OutTerminator those that
	// it is sent; nil means "\n". An InTerminator "\n" takes "\r\n" too. With an
	// empty InTerminator a line is a datagram if it comes so, unless ReadTimeout is
	// given; else it ends when nothing has come for ReadTimeout.
	InTerminator, OutTerminator *string

	Length int // bytes of a line that the device sends, which then has no terminator; 0: any

	Echo      Echo          // what the device sends back of its commands
	CharDelay time.Duration // pause between the bytes of a command

	Timeout     time.Duration // from a command to the first byte of its answer; default 1 s
	ReadTimeout time.Duration // between bytes of an answer; default Timeout, or 100 ms without InTerminator

	// StaleAfter is how long the device may be silent before its receive channels
	// become TIMEOUT; zero: for ever.
	StaleAfter time.Duration

	// Console adds channels by which people speak with the device: what is written to
	// [ConsoleCommand] is sent with the terminator, what comes back is given to
	// [ConsoleReply].
	Console bool

	Init     []string // commands without answers, sent each time the port opens
	Channels []Channel
}

// Channel is one value of a device and the lines, in package format's syntax,
// that move it:
//
//	{Read: "MEAS:CURR?", Reply: "%f"}                       ask
//	{Write: "VOLT %.3f"}                                    set
//	{Write: "VOLT %.3f", Reply: "OK"}                       set, acknowledged
//	{Write: "VOLT %.3f", Readback: "VOLT?", Reply: "%f"}    set, and ask what is set
//	{Receive: "T=%f H=%(H)f"}                               told unasked
//	{}                                                      named in another's %(NAME)
//
// Numbers come as pv.Float64 (converters f e g m R) or pv.Int64 (all others),
// text as pv.String. What a converter %(NAME) yields goes to the channel NAME of the
// same device, which is a Notifier.
type Channel struct {
	Name     string
	Read     string // command that asks for the value
	Readback string // the same, of a channel that has Write
	Write    string // command that sets the value: at most one converter
	Reply    string // answer to Read or Readback, else to Write; just "%s" takes a whole line, blanks and all
	Receive  string // line that brings the value unasked

	Length  int // bytes of Reply or Receive, instead of the device's
	Replies int // lines of the answer, which Reply takes with terminators between them; 0: one

	// Separator stands between the elements of an array, in Reply, Receive and
	// Write alike, where what stands around their converter is there once, as in
	// "WAVE (%f)"; a leading blank in it stands for any white space. Count is the
	// most elements that are taken. Count 0: a scalar.
	Separator string
	Count     int

	// Block says that the answer is a block of binary numbers, Count at most; Reply is
	// then what stands before it, if anything. nil: it is text.
	Block *Block

	Timeout time.Duration // instead of the device's
	OnExit  pv.Value      // written when the port is closed, unless Invalid

	Done *Done // how to find out when a write has done its work; nil: at once
	// Urgent commands are sent to a device that is left alone since it does not answer,
	// and if they have no answer themselves they do not wait for a late one.
	Urgent bool
}

// Done is how a device is asked whether what a write has begun has ended:
//
//	{Ask: "MS?", Reply: "%d", Until: []pv.Value{pv.Int64Value(0)}}
type Done struct {
	Ask   string
	Reply string
	Until []pv.Value // the answers that say so

	Every   time.Duration // time between questions; default 100 ms
	Timeout time.Duration // after which the write has failed; default 1 min
}

// MaxLength bounds Length, unless Options.MaxLine says otherwise.
const MaxLength = defaultMaxLine

const (
	defaultTimeout     = time.Second
	defaultReadTimeout = 100 * time.Millisecond // without a terminator
	defaultMaxLine     = 64 << 10
	defaultMaxArray    = 4 << 20 // of a line that is an array
	elementLength      = 32      // of an array's element with its separator
	defaultEvery       = 100 * time.Millisecond
	defaultDone        = time.Minute
	defaultReconnect   = 3
)
