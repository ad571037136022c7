package main

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// exchange is what a measurement makes a server do at least: so many bytes come, and
// so many go to the same client or to each of some others.
type exchange struct {
	key      string // of the server's CPU, in µs for one exchange
	name     string
	in, out  int
	others   int
	inFlight int // requests in an exchange
}

var exchanges = []exchange{
	{"one get", "a get, one after the other", 16, 40, 0, 1},
	{"many gets", "a get, 100 in flight", 1600, 4000, 0, 100},
	{"one put", "a put with completion, one after the other", 24, 16, 0, 1},
	{"profilecpu", "a get of 1,000 doubles, 10 in flight", 160, 10 * 8016, 0, 10},
	{"bigcpu", "a get of 8 MB", 16, 8*bigLen + 24, 0, 1},
	{"one write", "a write at 1 kHz with 50 subscribers", 24, 40, listeners, 1},
}

func floorKey(e exchange) string { return "floor " + e.key }

// floors measures what the system calls alone cost, made by a C program, beside our
// server's figures.
func (b *bench) floors(p peer, s sample) error {
	if p.name != ours {
		return nil
	}
	for _, e := range exchanges {
		cost, err := b.exchange(e)
		if err != nil {
			return fmt.Errorf("system calls of %s: %w", e.name, err)
		}
		s[floorKey(e)] = cost
	}
	return nil
}

func (b *bench) exchange(e exchange) (float64, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	addr := listener.Addr().String()
	listener.Close()
	_, port, _ := net.SplitHostPort(addr)
	r := &process{addr: addr, cmd: exec.Command(b.floor, port, strconv.Itoa(e.in), strconv.Itoa(e.out), strconv.Itoa(e.others))}
	if err := r.cmd.Start(); err != nil {
		return 0, err
	}
	defer r.stop()
	conn, err := dialUntil(addr, time.Now().Add(5*time.Second))
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	for range e.others {
		other, err := net.Dial("tcp4", addr)
		if err != nil {
			return 0, err
		}
		defer other.Close()
		go io.Copy(io.Discard, other) // until it is closed
	}
	conn.SetDeadline(time.Now().Add(time.Minute))
	request, answer := make([]byte, e.in), make([]byte, min(e.out, inputSize))
	n := 0
	cpu, err := r.cost(func() error {
		for begin := time.Now(); time.Since(begin) < b.window/2; n++ {
			if _, err := conn.Write(request); err != nil {
				return err
			}
			if e.others > 0 {
				time.Sleep(time.Until(begin.Add(time.Duration(n+1) * fastTick)))
				continue
			}
			for left := e.out; left > 0; {
				k, err := conn.Read(answer[:min(left, len(answer))])
				if err != nil {
					return err
				}
				left -= k
			}
		}
		return nil
	})
	return cpu / float64(n*e.inFlight) * 1e6, err
}

// dialUntil connects to a server that is starting.
func dialUntil(addr string, end time.Time) (net.Conn, error) {
	for {
		conn, err := net.Dial("tcp4", addr)
		if err == nil || time.Now().After(end) {
			return conn, err
		}
		time.Sleep(time.Millisecond)
	}
}

// floorTable is the Markdown table of the system calls' cost beside the servers'.
func (r *results) floorTable() string {
	var b strings.Builder
	b.WriteString("| CPU | system calls alone |")
	peers := r.peers[:2]
	for _, p := range peers {
		fmt.Fprintf(&b, " %s |", p.name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---:|", 1+len(peers)) + "\n")
	for _, e := range exchanges {
		fmt.Fprintf(&b, "| %s | %s |", e.name, quantity(r.median(r.peers[0], floorKey(e)), us))
		for _, p := range peers {
			fmt.Fprintf(&b, " %s |", quantity(r.median(p, e.key), us))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// buildFloor compiles floor.c.
func (s *shop) buildFloor() (string, error) {
	program := filepath.Join(s.dir, "floor")
	gcc := exec.Command("gcc", "-O2", "-o", program, filepath.Join(s.root, "bench/servers/floor.c"))
	if out, err := gcc.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%v: %w\n%s", gcc, err, out)
	}
	return program, nil
}
