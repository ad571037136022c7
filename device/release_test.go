package device

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// A record is removed while its write is under way and others wait: what waits is
// answered and not carried out, and nothing of its channel is heard or logged any more.
func TestRemovedRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{RetryMax: time.Second})
		gate := make(chan struct{})
		var writes, reads atomic.Int32
		out := r.output("OUT", &fakeOutput{"out", func(context.Context, pv.Value) error {
			writes.Add(1)
			<-gate
			return timedOut()
		}})
		listener := &fakeListener{name: "listener"}
		heard := r.input("HEARD", listener)
		in := r.input("IN", &fakeInput{"in", func(context.Context) (pv.Value, error) {
			reads.Add(1)
			return pv.Value{}, timedOut() // it is read again and again
		}})
		keep := r.input("KEEP", &fakeInput{"keep", always})
		r.start()
		var answers journal
		put(t, out, 1, answer{"first", &answers})
		put(t, out, 2, answer{"second", &answers})
		synctest.Wait()
		in.Process() // waits behind the write
		r.log.take("")
		for _, rec := range []*record.Record{out, heard, in} {
			if err := r.db.Remove(rec.Name()); err != nil {
				t.Fatal(err)
			}
		}
		want := fmt.Sprintf("first: %v second: %[1]v", record.ErrRemoved)
		equal(t, "answers", answers.take(), want)
		before := reads.Load()
		close(gate)
		pass(5 * time.Second)
		listener.post(9)
		listener.sink.Fault(errors.New("no"))
		r.driver.faults <- lostBy("unplugged")
		pass(5 * time.Second)
		if w, n := writes.Load(), reads.Load()-before; w != 1 || n != 0 {
			t.Errorf("%d writes, want 1; %d readings of what was removed", w, n)
		}
		wantState(t, "after all", keep, "7 NO_ALARM")
		wantState(t, "after all", heard, "0 INVALID/UDF")
		for _, line := range r.log.take("") {
			if strings.Contains(line, "OUT") || strings.Contains(line, "HEARD") || strings.Contains(line, "pv=IN") {
				t.Errorf("log: %s", line)
			}
		}
		if n := len(r.port.bindings); n != 1 {
			t.Errorf("%d bindings are kept", n)
		}
		equal(t, "answers in the end", answers.take(), "")
		r.finish()
	})
}
