package driverstest_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers/driverstest"
)

// verdict is a testing.TB that remembers what it was told.
type verdict struct {
	testing.TB
	errors   []string
	cleanups []func()
}

func (v *verdict) Errorf(text string, args ...any) {
	v.errors = append(v.errors, fmt.Sprintf(text, args...))
}
func (v *verdict) Helper()          {}
func (v *verdict) Cleanup(f func()) { v.cleanups = append(v.cleanups, f) }

func (v *verdict) end() {
	for _, f := range v.cleanups {
		f()
	}
}

func TestScript(t *testing.T) {
	script := []driverstest.Step{
		{Expect: "A?\n", Reply: "1\n", Wait: time.Minute},
		{Reply: "hello\n"},
		{Expect: "B\n"},
	}
	for _, c := range []struct {
		name string
		send string
		want string
		fail string // the first error
	}{
		{"as written", "A?\nB\n", "1\nhello\n", ""},
		{"something else", "A!\n", "", `"A!\n" came, expected "A?\n"`},
		{"something else, and shorter", "B", "", `"B" came, expected "A?\n"`},
		{"too little", "A?\n", "1\nhello\n", `1 of 3 steps left, next expects "B\n"`},
		{"too much", "A?\nB\nC\n", "1\nhello\n", `"C\n" came after the last step`},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := &verdict{TB: t}
				s := driverstest.NewScript(v, script...)
				conn, err := s.Dial(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				go func() { _, _ = io.WriteString(conn, c.send) }()
				got := make([]byte, len(c.want))
				if _, err := io.ReadFull(conn, got); err != nil || string(got) != c.want {
					t.Errorf("instrument says %q, %v; want %q", got, err, c.want)
				}
				synctest.Wait()
				v.end()
				conn.Close()
				switch {
				case c.fail == "" && len(v.errors) > 0:
					t.Errorf("test failed: %q", v.errors)
				case c.fail != "" && (len(v.errors) == 0 || !strings.Contains(v.errors[0], c.fail)):
					t.Errorf("test failed with %q, want %q", v.errors, c.fail)
				}
			})
		})
	}
}

// TestScriptClose: Close ends what plays, a wait too, and nothing begins after it.
func TestScriptClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := driverstest.NewScript(&verdict{TB: t}, driverstest.Step{Wait: time.Hour, Reply: "late"})
		begin := time.Now()
		near, far := net.Pipe()
		ended := make(chan struct{})
		// ends when s is closed
		go func() { defer close(ended); s.Play(far) }()
		synctest.Wait()
		s.Close()
		<-ended
		if d := time.Since(begin); d != 0 {
			t.Errorf("Close waited %v", d)
		}
		if _, err := near.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("Read after Close: %v, want the end", err)
		}
		if conn, err := s.Dial(t.Context()); err == nil {
			t.Error("Dial after Close: no error")
			conn.Close()
		}
	})
}

// An instrument that is asked twice; the conn goes where a serial.Port dials.
func ExampleScript() {
	t := &verdict{} // the test's own t
	script := driverstest.NewScript(t,
		driverstest.Step{Expect: "VOLT?\n", Reply: "12.5\n"},
		driverstest.Step{Expect: "OUTP?\n", Reply: "1\n", Hangup: true},
	)
	conn, err := script.Dial(context.Background())
	if err != nil {
		panic(err)
	}
	for _, question := range []string{"VOLT?\n", "OUTP?\n"} {
		if _, err := io.WriteString(conn, question); err != nil {
			panic(err)
		}
		answer := make([]byte, 8)
		n, err := conn.Read(answer)
		fmt.Printf("%q %v\n", answer[:n], err)
	}
	t.end()
	fmt.Println(t.errors)
	// Output:
	// "12.5\n" <nil>
	// "1\n" <nil>
	// []
}
