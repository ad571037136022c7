package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"time"

	"github.com/ioclet/ioclet/protocol"
)

// DBR types.
const (
	dbrDouble     = 6
	dbrTimeDouble = 20
)

// timeDoubleValue is where the value stands in a DBR_TIME_DOUBLE.
const timeDoubleValue = 16

// link is a circuit of the load program: blocking, one goroutine.
type link struct {
	conn net.Conn
	in   []byte // received, not yet taken
	buf  []byte // what in is a part of
	out  []byte // scratch for requests
	cids uint32 // used so far
}

// inputSize is how many bytes a link receives at a time; of larger messages only the
// header is looked at.
const inputSize = 256 << 10

// dial opens a circuit and greets.
func dial(addr string) (*link, error) {
	conn, err := net.DialTimeout("tcp4", addr, 10*time.Second)
	if err != nil {
		return nil, err
	}
	l := &link{conn: conn, buf: make([]byte, inputSize)}
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
	payload []byte // aliases the input; nil if it is larger than that
}

// first is the message at the front of b and its size; ok is false if more bytes are
// needed.
func first(b []byte) (m message, size int, ok bool) {
	if len(b) < protocol.HeaderLen {
		return m, 0, false
	}
	m.command = binary.BigEndian.Uint16(b)
	m.p1, m.p2 = binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:])
	head := protocol.HeaderLen
	size = head + int(binary.BigEndian.Uint16(b[2:]))
	if b[2] == 0xff && b[3] == 0xff {
		head = protocol.ExtendedHeaderLen
		if len(b) < head {
			return m, 0, false
		}
		size = head + int(binary.BigEndian.Uint32(b[16:]))
	}
	if len(b) < size {
		return m, size, false
	}
	m.payload = b[head:size]
	return m, size, true
}

// fill receives more behind what is left.
func (l *link) fill() error {
	n := copy(l.buf, l.in)
	m, err := l.conn.Read(l.buf[n:])
	l.in = l.buf[:n+m]
	return err
}

// next receives one message. Its payload lives until the next call.
func (l *link) next() (message, error) {
	for {
		m, size, ok := first(l.in)
		if ok {
			l.in = l.in[size:]
			return m, nil
		}
		if size > len(l.buf) {
			return m, l.skip(size)
		}
		if err := l.fill(); err != nil {
			return message{}, err
		}
	}
}

// skip receives the next size bytes and drops them.
func (l *link) skip(size int) error {
	size -= len(l.in)
	l.in = nil
	for size > 0 {
		n, err := l.conn.Read(l.buf[:min(size, len(l.buf))])
		if err != nil {
			return err
		}
		size -= n
	}
	return nil
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
			return nil, fmt.Errorf("create %s …: %w", names[from], err)
		}
	}
	l.cids += uint32(len(names))
	return sids, nil
}
