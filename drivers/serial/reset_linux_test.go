package serial

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	bugst "go.bug.st/serial"
)

// modemLines is a port that writes down how its modem lines are set.
type modemLines struct {
	bugst.Port
	calls []string
}

func (m *modemLines) SetDTR(on bool) error {
	m.calls = append(m.calls, fmt.Sprint("dtr ", on))
	return nil
}

func (m *modemLines) SetRTS(on bool) error {
	m.calls = append(m.calls, fmt.Sprint("rts ", on))
	return nil
}

// TestOpeningResetsArduinos: DTR and RTS are set as asked for, and not touched otherwise,
// which not all ports could bear; what a board says while it starts is dropped.
func TestOpeningResetsArduinos(t *testing.T) {
	on, off := true, false
	for want, line := range map[string]Line{"": {}, "dtr false": {DTR: &off}, "dtr true, rts false": {DTR: &on, RTS: &off}} {
		m := new(modemLines)
		if err := (&lineConn{port: m}).setLevels(line.DTR, line.RTS); err != nil {
			t.Error(err)
		}
		if got := strings.Join(m.calls, ", "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}

	master, slave, err := pty.Open()
	if err != nil {
		t.Fatalf("no pseudo terminals here: %v", err)
	}
	defer master.Close()
	defer slave.Close()
	say := func(text string) {
		t.Helper()
		if _, err := master.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	say("boot loader 1.0\n")
	c, err := Line{Path: slave.Name(), Settle: time.Millisecond}.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	say("ready\n")
	got := make([]byte, 100)
	if n, err := c.Read(got); string(got[:n]) != "ready\n" || err != nil {
		t.Errorf("%q, %v", got[:n], err)
	}
}
