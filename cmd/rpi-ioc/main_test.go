package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/pv"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rpi-ioc": main})
}

func TestScripts(t *testing.T) {
	bench, err := os.ReadFile("../../examples/bench/bench.yaml")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			port, err := freePort()
			if err != nil {
				return err
			}
			e.Setenv("PORT", port)
			e.Setenv("EPICS_CAS_SERVER_PORT", port)
			e.Setenv("EPICS_CAS_INTF_ADDR_LIST", "127.0.0.1")
			e.Setenv("EPICS_CAS_AUTO_BEACON_ADDR_LIST", "NO")
			e.Values[heard{}] = new(lines)
			notIgnored(t, hangup)
			return os.WriteFile(e.WorkDir+"/bench.yaml", bench, 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"get": get, "faulty": faulty, "put": put, "refused": refused, "awaitwrite": awaitWrite, "occupy": occupy, "hangup": hangUp,
			"servicemanager": serviceManager, "told": told, "serveline": serveLine, "until": until,
		},
		Condition: func(what string) (bool, error) {
			if what != "unshare" {
				return false, fmt.Errorf("unknown condition %q", what)
			}
			return exec.Command("unshare", "-rm", "true").Run() == nil, nil
		},
	})
}

// notIgnored has what the tests start get signals, though this process was started by
// nohup: signals that are caught are not ignored by children.
func notIgnored(t *testing.T, signals []os.Signal) {
	for _, s := range signals {
		if signal.Ignored(s) {
			caught := make(chan os.Signal, 1)
			signal.Notify(caught, s)
			t.Cleanup(func() { signal.Stop(caught) })
		}
	}
}

// serviceManager listens to what a service says of itself, and has it prove that it lives
// every 200 ms.
func serviceManager(ts *testscript.TestScript, _ bool, _ []string) {
	at := ts.MkAbs("notify.sock")
	if len(at) > 100 { // longer than the name of a socket can be
		dir, err := os.MkdirTemp("", "ioc")
		ts.Check(err)
		ts.Defer(func() { os.RemoveAll(dir) })
		at = filepath.Join(dir, "notify.sock")
	}
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: at, Net: "unixgram"})
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv("NOTIFY_SOCKET", at)
	ts.Setenv("WATCHDOG_USEC", "200000")
	ts.Value(heard{}).(*lines).from = l
}

// heard is where a script keeps what the service manager has heard.
type heard struct{}

type lines struct {
	from    *net.UnixConn
	pending []string
}

// told waits for a line that fits, after those found before: "told REGEXP".
func told(ts *testscript.TestScript, _ bool, args []string) {
	want := regexp.MustCompile(args[0])
	l := ts.Value(heard{}).(*lines)
	ts.Check(l.from.SetReadDeadline(time.Now().Add(20 * time.Second)))
	buf := make([]byte, 4096)
	for {
		for len(l.pending) > 0 {
			line := l.pending[0]
			l.pending = l.pending[1:]
			if want.MatchString(line) {
				return
			}
		}
		n, err := l.from.Read(buf)
		ts.Check(err)
		l.pending = strings.Split(string(buf[:n]), "\n")
	}
}

// freePort is a port that is free for TCP and UDP.
func freePort() (string, error) {
	for {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		port := l.Addr().(*net.TCPAddr).Port
		u, err := net.ListenPacket("udp4", "127.0.0.1:"+strconv.Itoa(port))
		l.Close()
		if err == nil {
			u.Close()
			return strconv.Itoa(port), nil
		}
	}
}

// channel connects to a PV of the server that the script has started.
func channel(ts *testscript.TestScript, name string, do func(context.Context, *client.Channel) error) {
	env := map[string]string{
		"EPICS_CA_SERVER_PORT": ts.Getenv("PORT"), "EPICS_CA_ADDR_LIST": "127.0.0.1", "EPICS_CA_AUTO_ADDR_LIST": "NO",
	}
	cfg, err := client.ConfigFromEnv(func(name string) string { return env[name] })
	ts.Check(err)
	c := client.Context{Config: cfg}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	ch := c.Channel(name)
	ts.Check(ch.Connect(ctx))
	ts.Check(do(ctx, ch))
}

// get prints a value once the PV has a valid one: "get NAME".
func get(ts *testscript.TestScript, _ bool, args []string) {
	await(ts, args[0], func(a pv.Alarm) bool { return a.Severity != pv.InvalidAlarm })
}

// faulty waits until the PV has a reason to have no valid value: "faulty NAME".
func faulty(ts *testscript.TestScript, _ bool, args []string) {
	await(ts, args[0], func(a pv.Alarm) bool { return a.Severity == pv.InvalidAlarm && a.Status != pv.StatusUDF })
}

// await prints the first value whose alarm is ok.
func await(ts *testscript.TestScript, name string, ok func(pv.Alarm) bool) {
	channel(ts, name, func(ctx context.Context, ch *client.Channel) error {
		for u, err := range ch.Monitor(ctx, client.MonitorOptions{}) {
			if err != nil {
				return err
			}
			if s := u.Data.Sample; u.Kind == client.NewValue && ok(s.Alarm) {
				fmt.Fprintf(ts.Stdout(), "%s = %v\n", name, s.Value)
				return nil
			}
		}
		return ctx.Err()
	})
}

// until waits until the characters of a long string have a text in them: "until NAME TEXT".
func until(ts *testscript.TestScript, _ bool, args []string) {
	channel(ts, args[0], func(ctx context.Context, ch *client.Channel) error {
		for u, err := range ch.Monitor(ctx, client.MonitorOptions{}) {
			if err != nil {
				return err
			}
			if u.Kind == client.NewValue && strings.Contains(characters(u.Data.Sample.Value), args[1]) {
				return nil
			}
		}
		return ctx.Err()
	})
}

// put writes a text and waits until that is done: "put NAME VALUE".
func put(ts *testscript.TestScript, _ bool, args []string) {
	channel(ts, args[0], func(ctx context.Context, ch *client.Channel) error {
		return ch.PutNotify(ctx, pv.StringValue(args[1]))
	})
}

// refused writes a text that must not be taken: "refused NAME VALUE".
func refused(ts *testscript.TestScript, _ bool, args []string) {
	channel(ts, args[0], func(ctx context.Context, ch *client.Channel) error {
		if err := ch.PutNotify(ctx, pv.StringValue(args[1])); !errors.Is(err, protocol.ECANoWtAccess) {
			return fmt.Errorf("put: %v, want no write access", err)
		}
		return nil
	})
}

// awaitWrite waits until a PV may be written: "awaitwrite NAME".
func awaitWrite(ts *testscript.TestScript, _ bool, args []string) {
	channel(ts, args[0], func(ctx context.Context, ch *client.Channel) error {
		for _, err := range ch.Monitor(ctx, client.MonitorOptions{}) {
			if err != nil {
				return err
			}
			if i, _ := ch.Info(); i.Access&protocol.AccessWrite != 0 {
				return nil
			}
		}
		return ctx.Err()
	})
}

// hangUp sends SIGHUP to the servers that run.
func hangUp(ts *testscript.TestScript, _ bool, _ []string) {
	for _, c := range ts.BackgroundCmds() {
		ts.Check(c.Process.Signal(hangup[0]))
	}
}

// occupy takes a TCP port until the script ends, and makes it the server's.
func occupy(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	_, port, err := net.SplitHostPort(l.Addr().String())
	ts.Check(err)
	ts.Setenv("PORT", port)
	ts.Setenv("EPICS_CAS_SERVER_PORT", port)
}

// serveLine answers each line that ends with \r, on a port whose number goes into a
// variable: "serveline VARIABLE".
func serveLine(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	_, port, err := net.SplitHostPort(l.Addr().String())
	ts.Check(err)
	ts.Setenv(args[0], port)
	go func() { // until l is closed
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			r := bufio.NewReader(conn)
			for line, err := r.ReadString('\r'); err == nil; line, err = r.ReadString('\r') {
				fmt.Fprintf(conn, "echo %s", line)
			}
			conn.Close()
		}
	}()
}
