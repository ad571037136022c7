package link

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
)

// connect is a link and its other end.
func connect(t *testing.T) (*Link, net.Conn) {
	t.Helper()
	here, there := net.Pipe()
	t.Cleanup(func() { there.Close() })
	return Start(here, Options{Receive: func([]byte) {}, In: new(atomic.Uint64), Out: new(atomic.Uint64), WriteTimeout: time.Second}), there
}

func acquire(t *testing.T, l *Link) {
	t.Helper()
	if err := l.Acquire(t.Context(), false); err != nil {
		t.Fatal(err)
	}
}

// A command that nobody takes costs its time-out, and the link.
func TestStuckWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := connect(t)
		acquire(t, l)
		begin := time.Now()
		if err := l.Write(t.Context(), false, []byte("STUCK\n"), 0); !drivers.IsLost(err) || time.Since(begin) != time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		l.Release()
		if err := l.Acquire(t.Context(), false); !drivers.IsLost(err) {
			t.Errorf("the turn of a link that is lost: %v", err)
		}
		if !l.AcquireInput(t.Context()) {
			t.Error("what has come cannot be looked at")
		}
		l.Release()
		if err := l.Leave(nil); err != nil {
			t.Error(err)
		}
	})
}

// A command that was given up is written all the same, and the next after it.
func TestWholeCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, there := connect(t)
		acquire(t, l)
		short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := l.Write(short, false, []byte("FIRST\n"), 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("given up: %v", err)
		}
		got := make(chan string)
		go func() { // ends with the connection
			b, _ := io.ReadAll(there)
			got <- string(b)
		}()
		if err := l.Write(t.Context(), false, []byte("SECOND\n"), 10*time.Millisecond); err != nil {
			t.Error(err)
		}
		l.Release()
		if err := l.Leave(nil); err != nil {
			t.Error(err)
		}
		if s := <-got; s != "FIRST\nSECOND\n" {
			t.Errorf("the other end has got %q", s)
		}
	})
}

// Exchanges make way for the last words, each of which has its share of the time.
func TestLastWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := connect(t)
		acquire(t, l)
		waited := make(chan error)
		go func() { // ends when Leave begins
			_, err := l.Wait(t.Context(), false, nil, time.Hour)
			l.Release()
			waited <- err
		}()
		synctest.Wait()
		var shares []time.Duration
		word := func(ctx context.Context, most time.Duration) error {
			shares = append(shares, most)
			err := l.Acquire(ctx, true)
			if err == nil {
				time.Sleep(most)
				l.Release()
			}
			return errors.Join(err, errors.New("not taken"))
		}
		left := make(chan error)
		go func() { left <- l.Leave([]Farewell{{new(Health), []LastWord{word, word}}}) }()
		if err := <-waited; !drivers.IsLost(err) {
			t.Errorf("the exchange under way: %v", err)
		}
		if err := <-left; err == nil || strings.Count(err.Error(), "on_exit: not taken") != 2 {
			t.Errorf("left: %v", err)
		}
		if len(shares) != 2 || shares[0] != exitBudget/2 || shares[1] != exitBudget/2 {
			t.Errorf("shares %v", shares)
		}
		if l.Acquire(t.Context(), false) == nil {
			t.Error("a link that was left can be used")
		}
	})
}

// A dead device is asked ever less often.
func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h Health
		why := errors.New("half an answer")
		for i, pause := range []time.Duration{0, 1, 2, 4, 8, 10, 10} {
			h.Unheard(time.Now(), time.Second, why)
			if dead := h.Dead(); h.Silent() != i+1 || dead != (i+1 >= deadAfter) {
				t.Errorf("after %d questions: %d, dead %v", i+1, h.Silent(), dead)
			}
			if pause == 0 {
				if err := h.Paused(); err != nil {
					t.Error(err)
				}
				continue
			}
			first := h.Paused()
			time.Sleep(pause*time.Second - 1)
			if err := h.Paused(); !drivers.IsOfDevice(err) || !strings.Contains(err.Error(), "half an answer") || err.Error() != first.Error() {
				t.Errorf("before %v: %v, at first %v", pause*time.Second, err, first)
			}
			time.Sleep(time.Nanosecond)
			if err := h.Paused(); err != nil {
				t.Errorf("after %v: %v", pause*time.Second, err)
			}
		}
		h.Heard()
		if h.Silent() != 0 || h.Dead() || h.Paused() != nil {
			t.Errorf("back: %d, %v, %v", h.Silent(), h.Dead(), h.Paused())
		}
	})
}

// brokenConn is a connection of a transport with a mistake in one of its methods.
type brokenConn struct {
	net.Conn
	in string
}

func (c brokenConn) Read(b []byte) (int, error)  { c.reach("Read"); return c.Conn.Read(b) }
func (c brokenConn) Write(b []byte) (int, error) { c.reach("Write"); return c.Conn.Write(b) }
func (c brokenConn) Close() error                { defer c.reach("Close"); return c.Conn.Close() }

func (c brokenConn) reach(method string) {
	if c.in == method {
		panic("boom")
	}
}

// A panic in the link's own goroutines is the loss of the connection.
func TestPanic(t *testing.T) {
	for _, method := range []string{"Read", "Write", "Close", "Receive"} {
		synctest.Test(t, func(t *testing.T) {
			here, there := net.Pipe()
			defer there.Close()
			l := Start(brokenConn{here, method}, Options{
				Receive: func([]byte) { brokenConn{in: method}.reach("Receive") },
				In:      new(atomic.Uint64), Out: new(atomic.Uint64), WriteTimeout: time.Second,
			})
			var err error
			switch method {
			case "Receive":
				_, _ = there.Write([]byte("x"))
				fallthrough
			case "Read":
				<-l.Gone()
				err = l.Lost()
			case "Write":
				acquire(t, l)
				err = l.Write(t.Context(), false, []byte("x"), 0)
				l.Release()
			}
			if left := l.Leave(nil); method == "Close" {
				err = left
			}
			if caught := (*drivers.Panic)(nil); !errors.As(err, &caught) || !drivers.IsLost(err) || !bytes.Contains(caught.Stack, []byte("brokenConn")) {
				t.Errorf("%s: %v", method, err)
			}
		})
	}
}

// What has come wins against a reason to give up that came together with it.
func TestWaitPrefersWhatHasCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := connect(t)
		c := make(chan struct{}, 1)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := l.Leave(nil); err != nil {
			t.Error(err)
		}
		for i := range 50 { // a select would choose
			c <- struct{}{}
			if came, err := l.Wait(ctx, false, c, 0); !came || err != nil {
				t.Fatalf("wait %d: %v, %v", i, came, err)
			}
		}
		if came, err := l.Wait(ctx, false, c, time.Second); came || err == nil {
			t.Errorf("nothing has come: %v, %v", came, err)
		}
	})
}
