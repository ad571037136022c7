package interop_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take that a test waits for; far more than it does.
const patience = 60 * time.Second

// site is a Channel Access world of its own on 127.0.0.1: a server port and a repeater
// port that nobody else has.
type site struct {
	port, repeater int
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{port: freePort(t)}
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	s.repeater = udp.LocalAddr().(*net.UDPAddr).Port
	t.Cleanup(func() { udp.Close() })
	// A repeater, so that no client starts one that outlives the test. It never forgets
	// a client. Ends when the socket is closed.
	go func() {
		clients := map[netip.AddrPort]bool{}
		confirm := make([]byte, 16)
		binary.BigEndian.PutUint16(confirm, 17)
		binary.BigEndian.PutUint32(confirm[12:], 0x7f000001)
		for b := make([]byte, 1<<16); ; {
			n, from, err := udp.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			switch {
			case n == 0 || n >= 2 && binary.BigEndian.Uint16(b) == 24:
				clients[from] = true
				udp.WriteToUDPAddrPort(confirm, from)
			case n == 16 && binary.BigEndian.Uint16(b) == 13: // a beacon, which says its sender
				copy(b[12:], confirm[12:])
				for c := range clients {
					udp.WriteToUDPAddrPort(b[:n], c)
				}
			}
		}
	}()
	return s
}

// lastPort counts the ports that have been given away, so that tests side by side
// never get the same.
var lastPort atomic.Int32

// freePort finds a port that is free for TCP and UDP. Below 32768 the kernel gives
// none away by itself, so that a server can be started anew on it.
func freePort(t *testing.T) int {
	t.Helper()
	for range 2000 {
		addr := fmt.Sprintf("127.0.0.1:%d", 20000+(os.Getpid()*7+int(lastPort.Add(1)))%12000)
		tcp, err := net.Listen("tcp4", addr)
		if err != nil {
			continue
		}
		udp, err := net.ListenPacket("udp4", addr)
		tcp.Close()
		if err != nil {
			continue
		}
		udp.Close()
		return tcp.Addr().(*net.TCPAddr).Port
	}
	t.Fatal("no free port")
	return 0
}

// environ is the environment of programs that speak Channel Access in s only.
func (s *site) environ() []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "EPICS_") {
			env = append(env, e)
		}
	}
	return append(env,
		"EPICS_CA_SERVER_PORT="+strconv.Itoa(s.port), "EPICS_CA_REPEATER_PORT="+strconv.Itoa(s.repeater),
		"EPICS_CA_ADDR_LIST=127.0.0.1", "EPICS_CA_AUTO_ADDR_LIST=NO",
		"EPICS_CAS_INTF_ADDR_LIST=127.0.0.1", "EPICS_CAS_BEACON_ADDR_LIST=127.0.0.1", "EPICS_CAS_AUTO_BEACON_ADDR_LIST=NO",
		"PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1")
}

// kind is a server program that can be started in a site.
type kind struct {
	name    string
	command func() *exec.Cmd
}

var (
	ioclet   = kind{"ioclet", func() *exec.Cmd { return iocletWith("testdata/judge.yaml") }}
	softIoc  = kind{"softIoc", func() *exec.Cmd { return exec.Command(python, "servers/softioc.py") }}
	caprotoS = kind{"caproto", func() *exec.Cmd { return exec.Command(python, "servers/caproto_ioc.py") }}
)

func iocletWith(file string) *exec.Cmd {
	return exec.Command(filepath.Join(binDir, "rpi-ioc"), "run", "--sim", file)
}

// server is a running server.
type server struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.Closer
	ended chan error
}

// start runs the server k in s and waits until it says that it serves: every server
// prints a line with its port. It is ended with the test.
func (s *site) start(t *testing.T, k kind) *server {
	t.Helper()
	cmd := k.command()
	cmd.Env = s.environ()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	srv := &server{t: t, cmd: cmd, stdin: stdin, ended: make(chan error, 1)}
	logged := make(chan struct{})
	go func() { // ends with the process
		err := cmd.Wait()
		w.Close()
		<-logged // nothing may be logged when the test is over
		srv.ended <- err
	}()
	serving := make(chan bool, 1)
	go func() { // ends with the process's output
		defer close(logged)
		for lines := bufio.NewScanner(r); lines.Scan(); {
			t.Logf("%s: %s", k.name, lines.Text())
			if strings.Contains(lines.Text(), strconv.Itoa(s.port)) {
				select {
				case serving <- true:
				default:
				}
			}
		}
		close(serving)
	}()
	t.Cleanup(srv.stop)
	select {
	case ok := <-serving:
		if !ok {
			t.Fatalf("%s ended without serving", k.name)
		}
	case <-time.After(patience):
		t.Fatalf("%s does not serve on port %d", k.name, s.port)
	}
	return srv
}

// stop ends the server as a person does, and waits for it; idempotent.
func (s *server) stop() {
	if s.cmd == nil {
		return
	}
	s.cmd.Process.Signal(syscall.SIGINT)
	s.stdin.Close()
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.t.Errorf("%v does not end", s.cmd)
		s.cmd.Process.Kill()
		<-s.ended
	}
	s.cmd = nil
}

// output runs a program of the site to its end.
func (s *site) output(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = s.environ()
	out, err := cmd.CombinedOutput()
	return string(out), err
}
