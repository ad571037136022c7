package driverstest_test

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers/driverstest"
)

// verdict is a testing.TB that remembers whether it was told to fail.
type verdict struct {
	testing.TB
	failed   bool
	cleanups []func()
}

func (v *verdict) Errorf(string, ...any) { v.failed = true }
func (v *verdict) Helper()               {}
func (v *verdict) Cleanup(f func())      { v.cleanups = append(v.cleanups, f) }

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
		fail bool
	}{
		{"as written", "A?\nB\n", "1\nhello\n", false},
		{"something else", "A!\n", "", true},
		{"too little", "A?\n", "1\nhello\n", true},
		{"too much", "A?\nB\nC\n", "1\nhello\n", true},
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
				if v.failed != c.fail {
					t.Errorf("test failed %t, want %t", v.failed, c.fail)
				}
			})
		})
	}
}
