package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/pv"
)

// ChannelID names a channel of a device on a port.
type ChannelID struct{ Device, Channel string }

// PeerOptions say how simulated instruments behave.
type PeerOptions struct {
	// Expressions give values that nobody sets: over the names of the same
	// device's channels, with the functions of [Functions]. A channel's own name
	// in it means what was written to it; in an array's, i is the element's index.
	Expressions map[ChannelID]string
	// Done gives what is answered to the question of a channel's Done, likewise; "" is
	// the first of its Until.
	Done map[ChannelID]string
	// Every is the time between lines that an instrument sends unasked; default 1 s.
	Every time.Duration
	// Devices adds to what follows from the lines, by the names of the devices.
	Devices map[string]*Behaviour
	Seed    uint64
}

// Peer is the far end of a port: simulated instruments that speak bytes. It is a
// serial.Transport, so that it can be put in the place of the real one:
//
//	opts.Transport = peer
//
// What it says follows from the port's own channels, read the other way round:
//
//   - a line that fits Write stores the value, and is answered with Reply if that is
//     its acknowledgement;
//   - the command Read or Readback is answered with Reply, printed from the channel's
//     expression, or from what was stored last, or 0, the first choice, or a text
//     that says that this is a simulation;
//   - other commands are those of the device's [Behaviour];
//   - a line that fits nothing is not answered;
//   - Receive is sent from time to time.
//
// Its methods may be called from any goroutine.
type Peer struct {
	name string

	mu          sync.Mutex
	clock       clock
	instruments []*instrument
	conns       map[*conn]struct{}
	unplugged   bool
	stuck       chan struct{} // closed when the port takes commands again; nil: it does
}

var _ serial.Transport = (*Peer)(nil)

// NewPeer makes the instruments that belong to a port. It finds lines that say one
// thing when they are written and another when they are read back: what the port
// prints the peer must scan, and the other way round. All that is wrong is reported,
// joined, each with its device and channel.
func NewPeer(port serial.Options, opts PeerOptions) (*Peer, error) {
	p := &Peer{
		conns: map[*conn]struct{}{},
		clock: clock{random: rand.New(rand.NewPCG(opts.Seed, 1))},
	}
	if opts.Every <= 0 {
		opts.Every = time.Second
	}
	p.clock.now = time.Now()
	used := map[ChannelID]bool{}
	var names []string
	var errs []error
	for i := range port.Devices {
		d := &port.Devices[i]
		in, err := newInstrument(d, &opts, &p.clock, used)
		errs = append(errs, err)
		p.instruments = append(p.instruments, in)
		names = append(names, d.Name)
	}
	p.name = "simulated " + strings.Join(names, ", ")
	for id := range opts.Expressions {
		if !used[id] {
			errs = append(errs, fmt.Errorf("device %q: no channel %q, which has an expression", id.Device, id.Channel))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for _, in := range p.instruments {
		errs = append(errs, p.check(in))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Peer) String() string { return p.name }

// Dial connects to the instruments. What was stored stays from one connection to the
// next. serial.Transport.
func (p *Peer) Dial(ctx context.Context) (serial.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p.mu.Lock()
	if p.unplugged {
		p.mu.Unlock()
		return nil, fmt.Errorf("%s: unplugged: %w", p.name, drivers.ErrAbsent)
	}
	c := newConn(p)
	p.conns[c] = struct{}{}
	p.mu.Unlock()
	for _, in := range p.instruments {
		for _, ch := range in.channels {
			if ch.receive != nil {
				c.every(in.every, func() []byte { return p.tell(in, ch) })
			}
		}
	}
	return c, nil
}

// Unplug ends all connections and refuses new ones until Plug, as if the cable had been
// pulled.
func (p *Peer) Unplug() {
	p.mu.Lock()
	p.unplugged = true
	conns := p.conns
	p.conns = map[*conn]struct{}{}
	p.mu.Unlock()
	for c := range conns {
		c.end(io.EOF)
	}
}

// Plug ends [Peer.Unplug].
func (p *Peer) Plug() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unplugged = false
}

// Set stores a channel's value as a write does. An array is stored as such.
func (p *Peer) Set(device, channel string, v pv.Value) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.find(device, channel)
	if c == nil {
		return fmt.Errorf("device %q: no channel %q", device, channel)
	}
	c.store(v)
	return nil
}

// Get is the number that a channel has now: of its expression, else what was stored last.
// It is 0 for text and for a channel that does not exist.
func (p *Peer) Get(device, channel string) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.find(device, channel)
	if c == nil {
		return 0
	}
	p.clock.now = time.Now()
	return c.number()
}

func (p *Peer) find(device, channel string) *simulated {
	for _, in := range p.instruments {
		if in.name != device {
			continue
		}
		for _, c := range in.channels {
			if c.name == channel {
				return c
			}
		}
	}
	return nil
}

// echoes reports whether what is sent comes back.
func (p *Peer) echoes() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.instruments, func(in *instrument) bool { return in.echo && in.fault != Drop })
}

func (p *Peer) forget(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// hear takes the complete commands from in, has the answers said, each after a while, and
// returns what is left of in.
func (p *Peer) hear(in []byte, say func(answer []byte, after time.Duration)) (rest []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock.now = time.Now()
	for len(in) > 0 {
		end, size := p.cut(in)
		if end < 0 {
			break
		}
		line := in[:end]
		terminator := in[end : end+size]
		in = in[end+size:]
		for _, i := range p.instruments {
			if !bytes.Equal(i.terminator, terminator) {
				continue
			}
			answer, heard := i.answer(nil, line)
			if !heard {
				continue
			}
			after := i.delay
			if i.fault == Late {
				after = i.late
			}
			say(i.spoil(answer), after)
			break
		}
	}
	return in
}

// cut finds the first terminator in b, of two at the same place the longer. An
// instrument without one takes all of b for a command.
func (p *Peer) cut(b []byte) (end, size int) {
	end = -1
	for _, in := range p.instruments {
		t := in.terminator
		at := len(b)
		if len(t) > 0 {
			at = bytes.Index(b, t)
		}
		if at >= 0 && (end < 0 || at < end || at == end && len(t) > size) {
			end, size = at, len(t)
		}
	}
	return end, size
}

// tell is a line that an instrument sends unasked.
func (p *Peer) tell(in *instrument, c *simulated) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock.now = time.Now()
	if in.fault == Drop {
		return nil
	}
	return in.spoil(in.say(nil, c, c.receive))
}

var _ io.ReadWriteCloser = (*conn)(nil)
