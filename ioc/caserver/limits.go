package caserver

import (
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/protocol"
)

// Limits bound what clients can make a [Server] keep, and how long they may keep it
// waiting. A zero stands for the default, which suits a machine with 512 MB. What a
// limit holds back is counted ([Stats].Limits), and logged when that begins and when
// a minute has passed without.
type Limits struct {
	ArrayBytes uint32 // largest value in a message, in bytes, up to 1 GiB; 0: 16 MiB

	Circuits           int // clients at a time; beyond it the oldest that has not asked for anything makes room; 0: 1000
	CircuitsPerAddress int // of them from one address; 0: half of Circuits

	Channels                int // of all clients; one more is answered CREATE_CH_FAIL; 0: 250,000
	ChannelsPerCircuit      int // 0: 100,000
	Subscriptions           int // of all clients; one more is answered ECA_ALLOCMEM and closes the circuit; 0: 250,000
	SubscriptionsPerCircuit int // 0: 100,000

	Puts int // of a client, not yet answered; one more waits, and is refused after WriteTime; 0: 256

	// BufferBytes is what all clients together may have under way in requests and values
	// of more than 64 KiB, half of it in each. A request that finds no room is answered
	// ECA_ALLOCMEM and skipped; a value waits, for WriteTime at most. 0: 64 MiB, and at
	// least what two requests of ArrayBytes take.
	BufferBytes int64

	// QueueBytes is what a client's subscriptions may keep of arrays that are no longer
	// the PV's value; beyond it a newer one replaces them. 0: 1 MiB.
	QueueBytes int

	// SearchesPerAddress is how many answers to searches by UDP, and how many
	// datagrams, one address may ask for in a second. 0: 20,000. SearchBurst is how many
	// it may ask for at once after a rest. 0: 100,000: a gateway that looks for 50,000 names
	// after a power failure gets all of them twice.
	SearchesPerAddress int
	SearchBurst        int

	// HandshakeTime is when a client must have said VERSION. From then on it may be
	// silent for ever: libca keeps a circuit to each of its EPICS_CA_NAME_SERVERS though it
	// has nothing to ask. 0: 60 s.
	HandshakeTime time.Duration
	// MessageTime is when a message that has begun must be complete; a large one has a
	// second more for each 16 KiB. 0: 30 s.
	MessageTime time.Duration
	// WriteTime is how long a client may leave what is written to it, at most 60 KiB at a
	// time; of a value of more than that it must take 16 KiB a second besides. 0: 60 s.
	WriteTime time.Duration
}

// slowest is the least speed that a client with large messages must have, in bytes a
// second.
const slowest = 16 << 10

// withDefaults is l with its zeros replaced.
func (l Limits) withDefaults() Limits {
	l.ArrayBytes = min(or(l.ArrayBytes, protocol.DefaultMaxPayload), 1<<30)
	l.Circuits = or(l.Circuits, 1000)
	l.CircuitsPerAddress = or(l.CircuitsPerAddress, (l.Circuits+1)/2)
	l.Channels = or(l.Channels, 250_000)
	l.ChannelsPerCircuit = or(l.ChannelsPerCircuit, 100_000)
	l.Subscriptions = or(l.Subscriptions, 250_000)
	l.SubscriptionsPerCircuit = or(l.SubscriptionsPerCircuit, 100_000)
	l.Puts = or(l.Puts, 256)
	l.BufferBytes = max(or(l.BufferBytes, 64<<20), 2*(int64(l.ArrayBytes)+2*headRoom))
	l.QueueBytes = or(l.QueueBytes, 1<<20)
	l.SearchesPerAddress = or(l.SearchesPerAddress, 20_000)
	l.SearchBurst = or(l.SearchBurst, 100_000)
	l.HandshakeTime = or(l.HandshakeTime, time.Minute)
	l.MessageTime = or(l.MessageTime, 30*time.Second)
	l.WriteTime = or(l.WriteTime, time.Minute)
	return l
}

// limitID names a limit.
type limitID int

const (
	limitArrayBytes limitID = iota
	limitCircuits
	limitCircuitsPerAddress
	limitChannels
	limitChannelsPerCircuit
	limitSubscriptions
	limitSubscriptionsPerCircuit
	limitPuts
	limitBufferBytes
	limitSearchesPerAddress
	limitHandshakeTime
	limitMessageTime
	limitWriteTime
	limitCount
)

// limitTexts are the names of limits, as in a configuration file, and what is said
// when they are reached.
var limitTexts = [limitCount]struct{ name, held string }{
	limitArrayBytes:              {"array_bytes", "values too large for a message are refused"},
	limitCircuits:                {"circuits", "clients are turned away"},
	limitCircuitsPerAddress:      {"circuits_per_address", "clients of one address are turned away"},
	limitChannels:                {"channels", "channels are refused"},
	limitChannelsPerCircuit:      {"channels_per_circuit", "channels of a client are refused"},
	limitSubscriptions:           {"subscriptions", "clients that subscribe are dropped"},
	limitSubscriptionsPerCircuit: {"subscriptions_per_circuit", "a client that subscribes too much is dropped"},
	limitPuts:                    {"puts", "a client with many puts under way has to wait"},
	limitBufferBytes:             {"buffer_bytes", "large requests are refused, large values wait"},
	limitSearchesPerAddress:      {"searches_per_address", "searches of one address are passed over"},
	limitHandshakeTime:           {"handshake_time", "connections that do not say VERSION are dropped"},
	limitMessageTime:             {"message_time", "clients that do not finish a message are dropped"},
	limitWriteTime:               {"write_time", "clients that do not read are dropped"},
}

func (id limitID) String() string { return limitTexts[id].name }

// value is what the limit is set to; a time as text.
func (l *Limits) value(id limitID) any {
	switch id {
	case limitArrayBytes:
		return l.ArrayBytes
	case limitCircuits:
		return l.Circuits
	case limitCircuitsPerAddress:
		return l.CircuitsPerAddress
	case limitChannels:
		return l.Channels
	case limitChannelsPerCircuit:
		return l.ChannelsPerCircuit
	case limitSubscriptions:
		return l.Subscriptions
	case limitSubscriptionsPerCircuit:
		return l.SubscriptionsPerCircuit
	case limitPuts:
		return l.Puts
	case limitBufferBytes:
		return l.BufferBytes
	case limitSearchesPerAddress:
		return l.SearchesPerAddress
	case limitHandshakeTime:
		return l.HandshakeTime.String()
	case limitMessageTime:
		return l.MessageTime.String()
	default:
		return l.WriteTime.String()
	}
}

// gate is how it stands with one limit.
type gate struct {
	held atomic.Uint32 // cases since the start
	last atomic.Int64  // when the last one was, in nanoseconds since the server was made
	over atomic.Bool   // it has been logged that the limit is reached
}

// hold counts one case of a limit and logs it if it is the first.
func (s *Server) hold(id limitID, peer string) {
	if s.count(id) {
		s.reached(id, peer)
	}
}

// count counts one case of a limit; true if it is to be logged.
func (s *Server) count(id limitID) bool {
	g := &s.gates[id]
	g.held.Add(1)
	g.last.Store(int64(time.Since(s.made)))
	return !g.over.Load() && !g.over.Swap(true)
}

func (s *Server) reached(id limitID, peer string) {
	s.log().Warn("Channel Access limit reached: "+limitTexts[id].held, "limit", id.String(), "value", s.config.Limits.value(id),
		"peer", peer, "remedy", "look for what the client does, or raise server.limits."+id.String())
}

// quiet is how long nothing must have been held back for a limit to be good again.
const quiet = time.Minute

// release logs the limits that have not been reached for a while.
func (s *Server) release(now time.Time) {
	for id := range limitCount {
		g := &s.gates[id]
		if g.over.Load() && int64(now.Sub(s.made))-g.last.Load() >= int64(quiet) {
			g.over.Store(false)
			s.log().Info("Channel Access limit no longer reached", "limit", id.String(), "held", g.held.Load())
		}
	}
}
