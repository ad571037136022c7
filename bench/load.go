package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/pv"
)

// DBR types.
const (
	dbrDouble     = 6
	dbrTimeDouble = 20
)

// link is a circuit of the load program: blocking, one goroutine.
type link struct {
	conn net.Conn
	in   []byte // received, not yet taken
	buf  []byte // what in is a part of
	out  []byte // scratch for requests
	cids uint32 // used so far
}

// dial opens a circuit and greets.
func dial(addr string) (*link, error) {
	conn, err := net.DialTimeout("tcp4", addr, 10*time.Second)
	if err != nil {
		return nil, err
	}
	l := &link{conn: conn, buf: make([]byte, 4<<20)}
	l.out = protocol.AppendVersion(l.out, 0, protocol.Version)
	l.out = protocol.AppendHostName(l.out, "bench")
	l.out = protocol.AppendClientName(l.out, "bench")
	return l, l.flush()
}

func (l *link) close() { l.conn.Close() }

// flush sends what has been appended to out.
func (l *link) flush() error {
	_, err := l.conn.Write(l.out)
	l.out = l.out[:0]
	return err
}

// message is the part of a message that the load looks at.
type message struct {
	command uint16
	p1, p2  uint32
	size    int // of the whole message
}

// first is the message at the front of b; ok is false if more bytes are needed.
func first(b []byte) (m message, ok bool) {
	if len(b) < protocol.HeaderLen {
		return m, false
	}
	m.command = binary.BigEndian.Uint16(b)
	m.p1, m.p2 = binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:])
	m.size = protocol.HeaderLen + int(binary.BigEndian.Uint16(b[2:]))
	if b[2] == 0xff && b[3] == 0xff {
		if len(b) < protocol.ExtendedHeaderLen {
			return m, false
		}
		m.size = protocol.ExtendedHeaderLen + int(binary.BigEndian.Uint32(b[16:]))
	}
	return m, len(b) >= m.size
}

// fill receives more behind what is left.
func (l *link) fill() error {
	n := copy(l.buf, l.in)
	if n == len(l.buf) {
		return errors.New("message larger than the buffer")
	}
	m, err := l.conn.Read(l.buf[n:])
	l.in = l.buf[:n+m]
	return err
}

// next receives one message.
func (l *link) next() (message, error) {
	for {
		if m, ok := first(l.in); ok {
			l.in = l.in[m.size:]
			return m, nil
		}
		if err := l.fill(); err != nil {
			return message{}, err
		}
	}
}

// expect receives messages until n with the command have come, and calls each (if it
// is not nil) for them.
func (l *link) expect(n int, command protocol.Command, each func(message)) error {
	for n > 0 {
		m, err := l.next()
		switch {
		case err != nil:
			return err
		case m.command == uint16(protocol.CmdError) || m.command == uint16(protocol.CmdCreateChanFail):
			return fmt.Errorf("the server refuses: message %+v", m)
		case m.command == uint16(command):
			n--
			if each != nil {
				each(m)
			}
		}
	}
	return nil
}

// create makes channels and returns their server IDs in order.
func (l *link) create(names []string) ([]uint32, error) {
	sids := make([]uint32, len(names))
	const batch = 500
	for from := 0; from < len(names); from += batch {
		to := min(from+batch, len(names))
		for i := from; i < to; i++ {
			l.out = protocol.AppendCreateChan(l.out, l.cids+uint32(i), names[i], protocol.Version)
		}
		if err := l.flush(); err != nil {
			return nil, err
		}
		if err := l.expect(to-from, protocol.CmdCreateChan, func(m message) { sids[m.p1-l.cids] = m.p2 }); err != nil {
			return nil, err
		}
	}
	l.cids += uint32(len(names))
	return sids, nil
}

// createOne makes one channel and returns its server ID.
func (l *link) createOne(name string) (uint32, error) {
	sids, err := l.create([]string{name})
	if err != nil {
		return 0, fmt.Errorf("create %s: %w", name, err)
	}
	return sids[0], nil
}

// subscriber counts the events of its monitors in a goroutine of its own, which ends
// when the link is closed.
type subscriber struct {
	*link
	events atomic.Uint64
}

// subscribe monitors all names with time stamps on a circuit of its own. It returns
// when as many events have come as there are names.
func subscribe(addr string, names []string, within time.Duration) (*subscriber, error) {
	l, err := dial(addr)
	if err != nil {
		return nil, err
	}
	l.conn.SetDeadline(time.Now().Add(within))
	sids, err := l.create(names)
	if err != nil {
		l.close()
		return nil, err
	}
	for i, sid := range sids {
		l.out = protocol.AppendEventAdd(l.out, dbrTimeDouble, 1, sid, uint32(i), pv.EventValue|pv.EventAlarm)
	}
	s := &subscriber{link: l}
	l.conn.SetReadDeadline(time.Time{})
	go s.count()
	if err := l.flush(); err != nil {
		l.close()
		return nil, err
	}
	for until := time.Now().Add(within); s.events.Load() < uint64(len(names)); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			l.close()
			return nil, fmt.Errorf("%d first events of %d monitors after %v", s.events.Load(), len(names), within)
		}
	}
	return s, nil
}

func (s *subscriber) count() {
	for {
		n := uint64(0)
		for {
			m, ok := first(s.in)
			if !ok {
				break
			}
			s.in = s.in[m.size:]
			if m.command == uint16(protocol.CmdEventAdd) {
				n++
			}
		}
		s.events.Add(n)
		if err := s.fill(); err != nil {
			return
		}
	}
}

// searched asks the server for name again and again until it answers, and returns how
// long after begin that was.
func searched(addr, name string, begin time.Time) (time.Duration, error) {
	conn, err := net.Dial("udp4", addr)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	ask := protocol.AppendVersionUDP(nil, protocol.Version, 1)
	ask = protocol.AppendSearch(ask, 1, name, protocol.Version, protocol.DontReply)
	b := make([]byte, 1<<16)
	for time.Since(begin) < time.Minute {
		conn.Write(ask) // refused until the server listens
		conn.SetReadDeadline(time.Now().Add(2 * time.Millisecond))
		n, err := conn.Read(b)
		if n > protocol.HeaderLen {
			return time.Since(begin), nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			time.Sleep(time.Millisecond)
		}
	}
	return 0, fmt.Errorf("%s is not found", name)
}

// trips measures round trips for the given time: request appends one request, answered
// by the command. It returns the sorted durations.
func (l *link) trips(during time.Duration, answer protocol.Command, request func(dst []byte) []byte) ([]time.Duration, error) {
	var all []time.Duration
	for begin := time.Now(); time.Since(begin) < during; {
		sent := time.Now()
		l.out = request(l.out)
		if err := l.flush(); err != nil {
			return nil, err
		}
		if err := l.expect(1, answer, nil); err != nil {
			return nil, err
		}
		all = append(all, time.Since(sent))
	}
	if len(all) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	slices.Sort(all)
	return all, nil
}

// pipelined asks for a value in batches of 100 for the given time and returns the gets
// a second.
func (l *link) pipelined(during time.Duration, sid uint32) (float64, error) {
	const batch = 100
	var requests []byte
	for i := range uint32(batch) {
		requests = protocol.AppendReadNotify(requests, dbrTimeDouble, 1, sid, i)
	}
	gets, begin := 0, time.Now()
	for time.Since(begin) < during {
		l.out = append(l.out, requests...)
		if err := l.flush(); err != nil {
			return 0, err
		}
		if err := l.expect(batch, protocol.CmdReadNotify, nil); err != nil {
			return 0, err
		}
		gets += batch
	}
	return float64(gets) / time.Since(begin).Seconds(), nil
}
