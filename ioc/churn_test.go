package ioc_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// counted counts the answers to puts.
type counted struct{ n *sync.WaitGroup }

func (c counted) PutDone(error) { c.n.Done() }

// PVs and devices come and go, removed by their own functions, too, while they are put
// to and the IOC ends: each put is answered, and Run returns.
func TestComingAndGoingUntilTheEnd(t *testing.T) {
	for round := range 3 {
		synctest.Test(t, func(t *testing.T) {
			bench := ioc.New("T:")
			bench.Log = slog.New(slog.DiscardHandler)
			stop := work(t, bench)
			var answers, busy sync.WaitGroup
			put := func(r *record.Record, x float64) {
				answers.Add(1)
				if err := r.Value().Put(pv.Float64Value(x), counted{&answers}); err != nil {
					answers.Done() // refused
				}
			}
			ctx, cancel := context.WithCancel(context.Background())
			for w := range 4 {
				busy.Go(func() { // until cancel
					for n := 0; ctx.Err() == nil; n++ {
						p := bench.Float(fmt.Sprintf("P%d", w), ioc.Scan(10*time.Millisecond))
						p.OnPut(func(ctx context.Context, x float64) error {
							if n%3 == 0 {
								p.Remove()
							}
							<-ctx.Done()
							return ctx.Err()
						})
						for range 3 {
							put(p.Record(), float64(n))
						}
						d := &lamp{onExit: func() {}}
						port := device.NewPort(d, device.Config{Log: bench.Log})
						r, err := port.Add(bench.Database(), record.Spec{Name: fmt.Sprintf("D%d:%d", w, n), Type: record.Longout}, drivers.Channel(d), device.Options{})
						if err != nil {
							t.Error(err)
							return
						}
						bench.AddPort(port)
						put(r, 1)
						time.Sleep(time.Duration(w+1) * time.Millisecond)
						put(r, 2)
						p.Set(3)
						p.Remove()
						put(p.Record(), 1)
						if err := bench.Database().Remove(r.Name()); err != nil && !errors.As(err, new(*record.NotFoundError)) {
							t.Error(err)
						}
					}
				})
			}
			time.Sleep(time.Duration(50+round) * time.Millisecond)
			stop()
			cancel()
			busy.Wait()
			answers.Wait()
			if n := bench.Database().Len(); n != 0 {
				t.Errorf("%d records are left", n)
			}
		})
	}
}
