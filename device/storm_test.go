package device

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// Whatever happens to the port, each put is answered once, writes to one PV keep
// their order, and in the end everything is well.
func TestStorm(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { storm(t, rand.New(rand.NewPCG(seed, 0))) })
		})
	}
}

func storm(t *testing.T, random *rand.Rand) {
	const puts = 400
	r := newRig(t, Config{RetryMin: time.Millisecond, RetryMax: 50 * time.Millisecond, Stuck: 100 * time.Millisecond})
	var calm shared[bool]
	var chance sync.Mutex // guards random
	roll := func(n int) int {
		chance.Lock()
		defer chance.Unlock()
		return random.IntN(n)
	}
	operate := func() error {
		if calm.get() {
			return nil
		}
		switch roll(40) {
		case 0:
			return lostBy("unplugged")
		case 1:
			return timedOut()
		case 2:
			panic("boom")
		case 3:
			<-time.After(150 * time.Millisecond) // stuck
		case 4, 5, 6:
			<-time.After(time.Duration(roll(20)) * time.Millisecond)
		}
		return nil
	}
	r.driver.open = func(context.Context) error { return operate() }
	listener := &fakeListener{name: "listener"}
	heard := r.input("HEARD", listener)
	all := []*record.Record{heard}
	for i := range 4 {
		last := -1.0 // the worker's
		write := func(_ context.Context, v pv.Value) error {
			if x := v.Float64(); x < last { // processing writes the same again
				t.Errorf("%v was written after %v", x, last)
			} else {
				last = x
			}
			return operate()
		}
		read := func(context.Context) (pv.Value, error) { return pv.Float64Value(max(last, 0)), operate() }
		var ch drivers.Channel = &fakeOutput{"only", write}
		if i%2 == 0 {
			ch = &fakeBoth{fakeInput{"both", read}, write}
		}
		all = append(all, r.output(fmt.Sprintf("OUT%d", i), ch), r.input(fmt.Sprintf("IN%d", i), &fakeInput{"in", read}))
	}
	r.start()
	outs := []*record.Record{all[1], all[3], all[5], all[7]}
	var answers [puts]shared[int]
	for n := range puts {
		out := outs[roll(len(outs))]
		if roll(3) == 0 {
			put(t, out, float64(n), nil)
			answers[n].set(1)
		} else {
			put(t, out, float64(n), onceOnly{&answers[n]})
		}
		all[roll(len(all))].Process()
		listener.post(float64(n))
		switch roll(60) {
		case 0:
			listener.sink.Fault(timedOut())
		case 1:
			select {
			case r.driver.faults <- lostBy("unplugged"):
			default:
			}
		}
		pass(time.Duration(roll(4)) * time.Millisecond)
	}
	calm.set(true)
	pass(10 * time.Second)
	listener.post(puts)
	for i, out := range outs {
		put(t, out, puts+float64(i), nil)
	}
	synctest.Wait()
	for _, rec := range all {
		if s, _ := rec.Value().Get(); s.Alarm != (pv.Alarm{}) {
			t.Errorf("in the end %s is %s", rec.Name(), state(t, rec))
		}
	}
	for n := range answers {
		if got := answers[n].get(); got != 1 {
			t.Errorf("put %d was answered %d times", n, got)
		}
	}
	r.finish()
}

// onceOnly counts the answers to one put.
type onceOnly struct{ count *shared[int] }

func (o onceOnly) PutDone(error) { o.count.set(o.count.get() + 1) }
