package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/ioclet/ioclet/protocol"
)

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

// searchBatch is how many names a datagram asks for.
const searchBatch = 20

// search asks for names in turn for the given time, a datagram after the other, and
// returns how many were found.
func search(addr string, names []string, during time.Duration) (found int, err error) {
	conn, err := net.Dial("udp4", addr)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	b := make([]byte, 1<<16)
	var ask []byte
	for begin, i := time.Now(), 0; time.Since(begin) < during; {
		ask = protocol.AppendVersionUDP(ask[:0], protocol.Version, uint32(i))
		for range searchBatch {
			ask = protocol.AppendSearch(ask, uint32(i), names[i%len(names)], protocol.Version, protocol.DontReply)
			i++
		}
		if _, err := conn.Write(ask); err != nil {
			return found, err
		}
		for want := found + searchBatch; found < want; {
			conn.SetReadDeadline(time.Now().Add(time.Second))
			n, err := conn.Read(b)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				break // a datagram was lost
			}
			if err != nil {
				return found, err
			}
			for rest := b[:n]; ; {
				m, size, ok := first(rest)
				if !ok {
					break
				}
				if m.command == uint16(protocol.CmdSearch) {
					found++
				}
				rest = rest[size:]
			}
		}
	}
	if found == 0 {
		return 0, errors.New("no search is answered")
	}
	return found, nil
}
