package circuit

import (
	"errors"
	"time"

	"github.com/ioclet/ioclet/protocol"
)

// ErrUnresponsive: the server has not answered an ECHO in time. The circuit is not
// closed by that: if the server is heard again it responds again.
var ErrUnresponsive = errors.New("channel access: circuit does not respond")

// watchdog watches over a client's circuit (libca: tcpRecvWatchdog.cpp).
type watchdog struct {
	silence, answer time.Duration
	last            time.Time // when the server was heard last
	asked           time.Time // when the ECHO under way was sent, zero: none is
}

func (w *watchdog) heard(now time.Time) {
	w.last = now
	w.asked = time.Time{}
}

// due is when something has to be done.
func (w *watchdog) due() time.Time {
	if !w.asked.IsZero() {
		return w.asked.Add(w.answer)
	}
	return w.last.Add(w.silence)
}

// Tick does what is due at now: to a server that has been silent for Config.Silence
// a client's circuit sends an ECHO. The error is [ErrUnresponsive] from
// Config.EchoTimeout after that until the server is heard. A server's circuit has
// nothing to do. Call it at [Circuit.NextTick], or every second or so.
func (c *Circuit) Tick(now time.Time, dst []byte) ([]byte, error) {
	if c.role == Server || c.state != Connected {
		return dst, nil
	}
	w := &c.watch
	if w.last.IsZero() {
		w.last = now
	}
	if now.Before(w.due()) {
		return dst, nil
	}
	if !w.asked.IsZero() {
		return dst, ErrUnresponsive
	}
	w.asked = now
	return protocol.AppendEcho(dst), nil
}

// NextTick is when Tick has to be called next; the zero Time if it has not been
// called yet (call it when the circuit has been set up) or never needs to be.
func (c *Circuit) NextTick() time.Time {
	if c.role == Server || c.watch.last.IsZero() {
		return time.Time{}
	}
	return c.watch.due()
}

// Alive tells a client's circuit that its server has shown another sign of life: a
// beacon in its regular period.
func (c *Circuit) Alive(now time.Time) {
	if c.watch.asked.IsZero() {
		c.watch.last = now
	}
}
