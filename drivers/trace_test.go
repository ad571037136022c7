package drivers_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
)

func ExampleTrace() {
	var t drivers.Trace
	t.Sent("PS:VOLT", []byte("VOLT?\n"))
	t.Received("PS:VOLT", []byte("1.25\r\n"))
	for _, x := range t.Last() {
		fmt.Println(x.Sent, x.Subject, string(x.Data[:4]))
	}
	// Output:
	// true PS:VOLT VOLT
	// false PS:VOLT 1.25
}

func TestTraceKeepsTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tr drivers.Trace
		if got := tr.Text("", 1000); got != "" || len(tr.Last()) != 0 {
			t.Errorf("empty: %q", got)
		}
		for i := range drivers.TraceLength + 3 {
			tr.Sent(fmt.Sprint(i), []byte("x"))
			<-time.After(time.Millisecond)
		}
		tr.Received("LONG", bytes.Repeat([]byte{0}, drivers.TraceBytes+1))
		all := tr.Last()
		first, last := all[0], all[len(all)-1]
		if len(all) != drivers.TraceLength || first.Subject != "4" || last.Subject != "LONG" {
			t.Errorf("kept %d from %v to %v", len(all), first, last)
		}
		if len(last.Data) != drivers.TraceBytes || last.Size != drivers.TraceBytes+1 || !strings.HasSuffix(last.String(), `"…`) {
			t.Errorf("long one: %d of %d bytes, %v", len(last.Data), last.Size, last)
		}
		if n := tr.Total(); n != drivers.TraceLength+4 {
			t.Errorf("total %d", n)
		}
		tr.Received("7", []byte("\x02y\n"))
		line := "00:00:00.067 < 7 \"\\x02y\\n\"\n"
		if got := tr.Text("", len(line)); got != line {
			t.Errorf("text %q, want %q", got, line)
		}
		if got := tr.Text("7", 1000); !strings.HasSuffix(got, line) || strings.Count(got, " 7 ") != 2 || strings.Count(got, "\n") != 2 {
			t.Errorf("of one subject: %q", got)
		}
		if got := tr.Text("", len(line)-1); got != "" {
			t.Errorf("text without room: %q", got)
		}
	})
}

func TestTraceIsWatched(t *testing.T) {
	var tr drivers.Trace
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	tr.Sent("A", []byte("unseen"))
	tr.Watch("", log.With("port", "PS"))
	tr.Sent("A", []byte("a\r"))
	tr.Watch("", nil)
	tr.Sent("A", []byte("unseen"))
	if got := out.String(); strings.Count(got, "\n") != 1 ||
		!strings.Contains(got, `msg=trace port=PS way=sent channel=A bytes="\"a\\r\"" hex=610d size=2`) {
		t.Errorf("log: %s", got)
	}

	out.Reset()
	tr.Watch("B", log)
	tr.Sent("A", []byte("unseen"))
	tr.Sent("B", []byte("1"))
	tr.Watch("", log)
	tr.Sent("A", []byte("2"))
	tr.Sent("B", []byte("3"))
	tr.Watch("", nil)
	tr.Sent("A", []byte("unseen"))
	tr.Sent("B", []byte("4"))
	tr.Watch("B", nil)
	tr.Sent("B", []byte("unseen"))
	if got := out.String(); strings.Count(got, "\n") != 4 || strings.Contains(got, "unseen") {
		t.Errorf("log: %s", got)
	}
}

func TestTraceDoesNotAllocate(t *testing.T) {
	var tr drivers.Trace
	b := []byte("VOLT?\n")
	for range drivers.TraceLength {
		tr.Sent("A", b)
	}
	if n := testing.AllocsPerRun(100, func() { tr.Sent("A", b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
