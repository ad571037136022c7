package circuit

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
)

// Config is what a [Circuit] is made with. The zero Config is a server's.
type Config struct {
	Role     Role
	Limits   protocol.Limits
	Minor    uint16 // highest version to speak; 0: [protocol.Version]. A client that knows the server's from its search gives that
	Priority uint8  // client: 0 to 99

	// Client: after Silence without a byte from the server an ECHO is sent, and the
	// circuit does not respond if nothing has come EchoTimeout later.
	Silence     time.Duration // 0: 30 s (libca: EPICS_CA_CONN_TMO)
	EchoTimeout time.Duration // 0: 5 s
}

// Circuit is the state of one TCP connection. Make it with [New].
//
// It takes no lock: its methods must not run at the same time, except that Space
// and Advance touch only the input buffer and may run beside the senders.
type Circuit struct {
	role       Role
	state      State
	minor      uint16 // settled version; until the peer's is known our own
	ourMinor   uint16
	priority   uint8
	limits     protocol.Limits
	in         input
	watch      watchdog
	channels   Table[*Channel]      // server: by sid; client: by cid
	requests   Table[pending]       // client: by ioid
	monitors   Table[*Subscription] // client: by id
	subscribed int                  // server: subscriptions on all channels
	event      Event                // what the last Next returned
}

// pending is a client's request that has not been answered.
type pending struct {
	owner   any
	channel *Channel
}

// Errors of a circuit's own side: nothing has been appended.
var (
	// ErrClosed: the circuit has seen its end.
	ErrClosed = errors.New("channel access: circuit is closed")
	// ErrState is wrapped by every error that says that something may not be sent now.
	ErrState = errors.New("not possible in this state")
	// ErrVersion is wrapped where the peer's version has no such message.
	ErrVersion = errors.New("peer's version is too old")
	// ErrTooMany: an id table is full.
	ErrTooMany = errors.New("channel access: more than 2^20 ids on a circuit")
)

// New is a circuit that has neither received nor sent anything.
func New(cfg Config) *Circuit {
	minor := cfg.Minor
	if minor == 0 || minor > protocol.Version {
		minor = protocol.Version
	}
	var in input
	if cfg.Role == Client { // its large messages come again and again
		in.calm = inputQuiet
	}
	return &Circuit{
		in: in, role: cfg.Role, state: Opening, minor: minor, ourMinor: minor,
		priority: min(cfg.Priority, protocol.MaxPriority), limits: cfg.Limits,
		watch: watchdog{
			silence: orDefault(cfg.Silence, 30*time.Second),
			answer:  orDefault(cfg.EchoTimeout, 5*time.Second),
		},
	}
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// Role is the side that the circuit is seen from.
func (c *Circuit) Role() Role { return c.role }

// State is Opening, Connected or Closed.
func (c *Circuit) State() State { return c.state }

// Minor is the minor version to speak: the lower of both sides', once the peer has
// said its own.
func (c *Circuit) Minor() uint16 { return c.minor }

// Channels are the channels there are, by sid on a server, by cid on a client.
func (c *Circuit) Channels() *Table[*Channel] { return &c.channels }

// Subscriptions is the number of subscriptions there are on all channels.
func (c *Circuit) Subscriptions() int {
	if c.role == Client {
		return c.monitors.Len()
	}
	return c.subscribed
}

// Close ends the circuit: Next and every sender that can fail return ErrClosed from
// now on.
func (c *Circuit) Close() { c.state = Closed }

// Space is where to read the next bytes into: at least min bytes long, longer if
// the message under way needs it. It ends the life of what the last event aliased.
func (c *Circuit) Space(min int) []byte {
	c.event.Payload, c.event.Name = nil, nil // a large buffer is not kept for what was in it
	return c.in.space(min)
}

// Pending is how many bytes the message takes in all of which some have come and some
// have not; 0 if there is none. It holds after a Next that returned
// [protocol.ErrShort].
func (c *Circuit) Pending() int {
	switch {
	case c.in.skip > 0:
		return int(min(c.in.skip, math.MaxInt))
	case c.in.r == c.in.w:
		return 0
	}
	return c.in.need
}

// Room is how long the input buffer will be after the next Space(min).
func (c *Circuit) Room(min int) int { return c.in.room(min) }

// Advance says that n bytes have been read into the last Space.
func (c *Circuit) Advance(n int) { c.in.advance(n) }

// Next takes the next event from the bytes that have been read; it is good until
// the following Next. now is the time they arrived, which a server's circuit does not
// ask for. The error is [protocol.ErrShort] when more bytes are needed, [ErrClosed]
// after the end, or, to a client, a [*protocol.Error] about a message that its server
// may not send: with [protocol.ScopeCircuit] the circuit is closed, otherwise the
// message was dropped and Next may be called again.
//
// What a client does wrong comes to its server as an event of kind [Refused].
func (c *Circuit) Next(now time.Time) (*Event, error) {
	if c.in.fresh {
		c.in.fresh = false
		c.watch.heard(now)
	}
	for {
		if c.state == Closed {
			return nil, ErrClosed
		}
		if c.in.skip > 0 {
			c.in.drain()
			if c.in.skip > 0 {
				return nil, protocol.ErrShort
			}
		}
		ev := &c.event
		*ev = Event{}
		n, err := ev.Parse(c.in.bytes(), c.limits)
		if errors.Is(err, protocol.ErrShort) {
			c.in.need = protocol.Need(c.in.bytes())
			return nil, err
		}
		if err != nil {
			err = c.malformed(ev, err)
		} else {
			c.in.consume(n)
			if c.role == Server {
				c.serve(ev)
			} else {
				err = c.hear(ev)
			}
		}
		if err != nil || ev.Kind != NoEvent {
			return ev, err
		}
	}
}

// malformed deals with a header that cannot be taken: misaligned or too large.
func (c *Circuit) malformed(ev *Event, err error) error {
	var fault *protocol.Error
	if !errors.As(err, &fault) {
		return err
	}
	if c.role == Server && c.tooOld(ev) {
		c.in.skip = fault.Skip
		return nil
	}
	if fault.Scope == protocol.ScopeMessage {
		c.in.skip = fault.Skip
	}
	if c.role == Client {
		return c.fault(fault)
	}
	c.refuse(ev, fault.Status, fault.Text, fault.Scope == protocol.ScopeCircuit)
	return nil
}

// move takes the channel (or with ch nil the circuit) along the table of states.
func (c *Circuit) move(ch *Channel, d direction, cmd protocol.Command) bool {
	s := &c.state
	if ch != nil {
		s = &ch.state
	}
	to, ok := s.after(d, cmd)
	if ok {
		*s = to
	}
	return ok
}

// check is the error of sending cmd now, nil if the table of states allows it.
func (c *Circuit) check(ch *Channel, d direction, cmd protocol.Command) error {
	if c.state == Closed {
		return ErrClosed
	}
	if ch == nil {
		if _, ok := c.state.after(d, cmd); !ok {
			return fmt.Errorf("channel access: %v on a circuit that is %v: %w", cmd, c.state, ErrState)
		}
		return nil
	}
	if c.state != Connected {
		return fmt.Errorf("channel access: %v on a circuit that is %v: %w", cmd, c.state, ErrState)
	}
	if _, ok := ch.state.after(d, cmd); !ok {
		return fmt.Errorf("channel access: %v on a channel that is %v: %w", cmd, ch.state, ErrState)
	}
	return nil
}

// largeArrays is the version that brought the extended header.
const largeArrays = 9

// Fits reports whether a message whose payload takes size bytes before padding and
// holds count elements can go to a peer of CA 4.minor: an older one than 4.9 knows
// only the short header.
func Fits(minor uint16, size uint64, count uint32) bool {
	return minor >= largeArrays || (size+7)&^7 < 0xFFFF && count < 0xFFFF
}

// fits is the error of sending a message with this header to the peer.
func (c *Circuit) fits(h protocol.Header) error {
	if !Fits(c.minor, uint64(h.Size), h.Count) {
		return fmt.Errorf("channel access: %v of %d elements in %d bytes to CA 4.%d: %w",
			h.Command, h.Count, h.Size, c.minor, ErrVersion)
	}
	return nil
}

// known reports whether t is a DBR type at all (rsrv: INVALID_DB_REQ).
func known(t uint16) bool { return dbr.Type(t).Valid() }
