package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// process is a running peer.
type process struct {
	cmd   *exec.Cmd
	addr  string
	begin time.Time
	said  bytes.Buffer
}

// start runs a peer with a database on a port of its own.
func (p peer) start(database string) (*process, error) {
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	tcp.Close()
	_, port, _ := net.SplitHostPort(tcp.Addr().String())
	repeater, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	repeater.Close()
	_, repeaterPort, _ := net.SplitHostPort(repeater.LocalAddr().String())
	r := &process{cmd: p.command(database), addr: tcp.Addr().String(), begin: time.Now()}
	r.cmd.Env = append(os.Environ(),
		"EPICS_CA_SERVER_PORT="+port, "EPICS_CA_REPEATER_PORT="+repeaterPort, "EPICS_CAS_INTF_ADDR_LIST=127.0.0.1",
		"EPICS_CAS_BEACON_ADDR_LIST=127.0.0.1", "EPICS_CAS_AUTO_BEACON_ADDR_LIST=NO",
		"EPICS_CA_ADDR_LIST=127.0.0.1", "EPICS_CA_AUTO_ADDR_LIST=NO", "EPICS_CA_MAX_ARRAY_BYTES=16777216")
	r.cmd.Stdout, r.cmd.Stderr = &r.said, &r.said
	return r, r.cmd.Start()
}

func (r *process) stop() {
	r.cmd.Process.Kill()
	r.cmd.Wait()
}

// found waits until the server answers searches for name, and returns how long after
// its start that was.
func (r *process) found(name string) (time.Duration, error) {
	d, err := searched(r.addr, name, r.begin)
	if err != nil {
		return 0, fmt.Errorf("%w; the server said: %s", err, r.said.String())
	}
	return d, nil
}

// connect opens a link, for a while, as soon as the server answers searches for name.
func (r *process) connect(name string, during time.Duration) (*link, error) {
	if _, err := r.found(name); err != nil {
		return nil, err
	}
	l, err := dial(r.addr)
	if err != nil {
		return nil, err
	}
	return l, l.conn.SetDeadline(time.Now().Add(during))
}

// cost is the server's CPU time in seconds while do runs.
func (r *process) cost(do func() error) (float64, error) {
	before, err := cpuTime(r.cmd.Process.Pid)
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	after, err := cpuTime(r.cmd.Process.Pid)
	return after - before, err
}

// What it takes to be quiet: a calm of that length with less CPU than a hundredth of it.
const (
	calm  = 100 * time.Millisecond
	watch = 5 * time.Millisecond // between two looks
)

// quiet waits until the server is quiet, for a while at most. It returns when its
// last work ended, to the nearest few milliseconds.
func (r *process) quiet(within time.Duration) (time.Time, error) {
	begin := time.Now()
	since, base, err := begin, 0.0, error(nil)
	if base, err = cpuTime(r.cmd.Process.Pid); err != nil {
		return since, err
	}
	for time.Since(since) < calm {
		if time.Since(begin) > within {
			return since, fmt.Errorf("the server is still busy after %v", within)
		}
		time.Sleep(watch)
		now, err := cpuTime(r.cmd.Process.Pid)
		if err != nil {
			return since, err
		}
		if now-base > calm.Seconds()/100 {
			since, base = time.Now(), now
		}
	}
	return since, nil
}

// rss is the process's resident memory in MB.
func (r *process) rss() (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", r.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	f := bytes.Fields(b)
	if len(f) < 2 {
		return 0, errors.New("statm has too few fields")
	}
	pages, err := strconv.ParseFloat(string(f[1]), 64)
	return pages * float64(os.Getpagesize()) / 1e6, err
}
