package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// raw is a client made of bytes.
type raw struct {
	*net.TCPConn
	in   prototest.Messages
	stop func() bool // no longer end with the soak
}

func (r *raw) Close() error {
	r.stop()
	return r.TCPConn.Close()
}

// dial connects a client that has said nothing. Hostile ones come from an address of
// their own, where the machine has such.
func (s *soak) dial(ctx context.Context, hostile bool) (*raw, error) {
	var d net.Dialer
	if hostile {
		s.did("hostile")
		if runtime.GOOS == "linux" {
			d.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}
		}
	}
	conn, err := d.DialContext(ctx, "tcp4", s.site.tcp())
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	return &raw{TCPConn: conn.(*net.TCPConn), in: prototest.Messages{From: conn}, stop: stop}, nil
}

// open says VERSION and makes channels, without waiting for answers: the server's ids
// of a new circuit are 0, 1, 2 …
func (r *raw) open(names ...string) error {
	b := protocol.AppendVersion(nil, 0, protocol.Version)
	b = protocol.AppendHostName(b, "soak")
	b = protocol.AppendClientName(b, "soak")
	for cid, name := range names {
		b = protocol.AppendCreateChan(b, uint32(cid), name, protocol.Version)
	}
	_, err := r.Write(b)
	return err
}

// subscribe asks for n monitors on a channel.
func (r *raw) subscribe(sid uint32, t dbr.Type, n int) error {
	var b []byte
	for id := range uint32(n) {
		b = protocol.AppendEventAdd(b, uint16(t), 0, sid, sid<<16|id, pv.EventValue)
	}
	_, err := r.Write(b)
	return err
}

// reset closes the connection with RST.
func (r *raw) reset() {
	_ = r.SetLinger(0)
	_ = r.Close()
}

// pipeline writes many puts with completion at once: each is answered once, with
// success and in order.
func (s *soak) pipeline(ctx context.Context, rnd *rand.Rand) error {
	r, err := s.dial(ctx, false)
	if err != nil {
		return err
	}
	defer r.Close()
	name := <-s.outputs
	defer func() { s.outputs <- name }()
	if err := r.open(name); err != nil {
		return err
	}
	_ = r.SetReadDeadline(time.Now().Add(grace))
	n := uint32(1 + rnd.IntN(300))
	var b []byte
	for id := range n {
		b = protocol.AppendWriteNotify(b, uint16(dbr.Double), 1, 0, id, make([]byte, 8))
	}
	if _, err := r.Write(protocol.AppendEcho(b)); err != nil {
		return err
	}
	for answered, echoed := uint32(0), false; answered < n || !echoed; {
		m, err := r.in.Next()
		if err != nil {
			return fmt.Errorf("after %d of %d answers: %w", answered, n, err)
		}
		switch m.Command {
		case protocol.CmdEcho:
			echoed = true
		case protocol.CmdWriteNotify:
			if m.Param2 != answered || protocol.Status(m.Param1) != protocol.ECANormal {
				return fmt.Errorf("answer %d with %v, want %d", m.Param2, protocol.Status(m.Param1), answered)
			}
			answered++
			s.did("put")
		case protocol.CmdError:
			return m.ErrorReport()
		}
	}
	if _, err := r.Write(protocol.AppendEcho(nil)); err != nil {
		return err
	}
	if m, err := r.in.Next(); err != nil || m.Command != protocol.CmdEcho {
		return fmt.Errorf("after the last answer: %v, %w", m.Command, err)
	}
	return nil
}

// readSlowly subscribes to much and reads little.
func (s *soak) readSlowly(ctx context.Context, rnd *rand.Rand) error {
	r, err := s.dial(ctx, true)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.open(imageName, counterName(0), counterName(1)); err != nil {
		return err
	}
	for sid := range uint32(3) {
		if err := r.subscribe(sid, dbr.TimeDouble, 1+rnd.IntN(10)); err != nil {
			return err
		}
	}
	b := make([]byte, 1+rnd.IntN(2000))
	for range 1 + rnd.IntN(100) {
		if _, err := io.ReadFull(r, b); err != nil {
			return err
		}
		pause(ctx, 50*time.Millisecond)
	}
	return nil
}

// stuck makes 201 subscriptions and reads nothing until it is dropped or bored.
func (s *soak) stuck(ctx context.Context, rnd *rand.Rand) error {
	r, err := s.dial(ctx, true)
	if err != nil {
		return err
	}
	defer r.Close()
	_ = r.SetReadBuffer(4096)
	if err := r.open(counterName(rnd.IntN(counters)), imageName); err != nil {
		return err
	}
	if err := r.subscribe(0, dbr.TimeDouble, 201); err != nil {
		return err
	}
	if err := r.subscribe(1, dbr.TimeDouble, 5); err != nil {
		return err
	}
	pause(ctx, time.Duration(rnd.IntN(40))*time.Second)
	return nil
}

// leave goes in whatever state, with FIN or with RST.
func (s *soak) leave(ctx context.Context, rnd *rand.Rand) error {
	r, err := s.dial(ctx, true)
	if err != nil {
		return err
	}
	for step := range rnd.IntN(6) {
		switch step {
		case 0:
			err = r.open(counterName(0), outputName(0), imageName)
		case 1:
			err = r.subscribe(0, dbr.TimeDouble, rnd.IntN(500))
		case 2:
			_, err = r.Write(protocol.AppendReadNotify(nil, uint16(dbr.Double), 0, 2, 1))
		case 3:
			err = r.subscribe(2, dbr.Double, 2)
		case 4:
			_, err = r.Read(make([]byte, 1+rnd.IntN(100_000)))
		}
		if err != nil {
			break
		}
		pause(ctx, time.Duration(rnd.IntN(20))*time.Millisecond)
	}
	if rnd.IntN(2) == 0 {
		r.reset()
		return err
	}
	return r.Close()
}

// holdEvents switches events off and leaves it so.
func (s *soak) holdEvents(ctx context.Context, rnd *rand.Rand) error {
	r, err := s.dial(ctx, true)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.open(counterName(0), imageName); err != nil {
		return err
	}
	if _, err := r.Write(protocol.AppendEventsOff(nil)); err != nil {
		return err
	}
	for id := range uint32(rnd.IntN(300)) {
		b := protocol.AppendEventAdd(nil, uint16(dbr.Double), 1, id%2, id, pv.EventValue)
		if id%3 != 0 {
			b = protocol.AppendEventCancel(b, uint16(dbr.Double), 1, id%2, id)
		}
		if _, err := r.Write(b); err != nil {
			return err
		}
	}
	pause(ctx, time.Duration(rnd.IntN(5000))*time.Millisecond)
	return nil
}

// silent connects many times and says nothing.
func (s *soak) silent(ctx context.Context, rnd *rand.Rand) error {
	for range 1 + rnd.IntN(50) {
		r, err := s.dial(ctx, true)
		if err != nil {
			return err
		}
		defer r.Close()
	}
	pause(ctx, time.Duration(rnd.IntN(15))*time.Second)
	return nil
}

// trickle sends a message byte by byte.
func (s *soak) trickle(ctx context.Context, rnd *rand.Rand) error {
	r, err := s.dial(ctx, true)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.open(imageName); err != nil {
		return err
	}
	b := protocol.AppendWrite(nil, uint16(dbr.Double), imageLen, 0, 1, make([]byte, 8*imageLen))
	n := 1
	if rnd.IntN(2) == 0 { // most of it at once
		n = len(b) - 1000
	}
	for len(b) > 0 {
		if _, err := r.Write(b[:n]); err != nil {
			return err
		}
		b, n = b[n:], 1
		pause(ctx, 100*time.Millisecond)
		if ctx.Err() != nil {
			return nil
		}
	}
	return nil
}

// halfClose asks, closes its side and reads until the server's end.
func (s *soak) halfClose(ctx context.Context, rnd *rand.Rand) error {
	r, err := s.dial(ctx, true)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.open(counterName(0)); err != nil {
		return err
	}
	if err := r.subscribe(0, dbr.Double, 1+rnd.IntN(5)); err != nil {
		return err
	}
	if err := r.CloseWrite(); err != nil {
		return err
	}
	_ = r.SetReadDeadline(time.Now().Add(grace))
	if _, err := io.Copy(io.Discard, r.TCPConn); errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() == nil {
		s.fault("a half-closed circuit does not end")
	}
	return nil
}

// babble sends what is no Channel Access, or nearly.
func (s *soak) babble(ctx context.Context, rnd *rand.Rand) error {
	r, err := s.dial(ctx, true)
	if err != nil {
		return err
	}
	defer r.Close()
	if rnd.IntN(2) == 0 {
		if err := r.open(counterName(0), outputName(1)); err != nil {
			return err
		}
	}
	b := make([]byte, 8*rnd.IntN(1000))
	for i := range b {
		b[i] = byte(rnd.Uint32())
		if i%16 < 2 { // a command that there may be
			b[i] &= byte(31 * (i % 16))
		}
	}
	_, err = r.Write(b)
	pause(ctx, 20*time.Millisecond)
	return err
}

// flood searches by UDP for names, and for nonsense.
func (s *soak) flood(ctx context.Context, rnd *rand.Rand) error {
	s.did("hostile")
	var d net.Dialer
	if runtime.GOOS == "linux" { // the good ones' searches are not to be held back with these
		d.LocalAddr = &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)}
	}
	conn, err := d.DialContext(ctx, "udp4", s.site.udp())
	if err != nil {
		return err
	}
	defer conn.Close()
	for range 200 {
		b := protocol.AppendVersionUDP(nil, protocol.Version, 1)
		for range 40 {
			name := counterName(rnd.IntN(2 * counters))
			b = protocol.AppendSearch(b, rnd.Uint32(), name, protocol.Version, protocol.DontReply)
		}
		if rnd.IntN(3) == 0 {
			b = b[rnd.IntN(len(b)):]
		}
		if _, err := conn.Write(b); err != nil {
			return err
		}
	}
	pause(ctx, time.Second)
	return nil
}

// createFlood asks for many channels, to names that are there and that are not.
func (s *soak) createFlood(ctx context.Context, rnd *rand.Rand) error {
	r, err := s.dial(ctx, true)
	if err != nil {
		return err
	}
	defer r.Close()
	names := make([]string, 2000)
	for i := range names {
		names[i] = counterName(rnd.IntN(2*counters)) + []string{"", ".EGU", ".NOFIELD", ".VAL$", "\xff"}[rnd.IntN(5)]
	}
	for range 4 {
		if err := r.open(names...); err != nil {
			return err
		}
		_ = r.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		_, _ = io.Copy(io.Discard, r.TCPConn)
	}
	return nil
}
