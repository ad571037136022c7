package device_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// heater is a driver with one channel: a power that can be set and read back. It
// rounds to whole watts.
type heater struct{ watts float64 }

func (*heater) Open(context.Context) error    { return nil }
func (*heater) Run(ctx context.Context) error { <-ctx.Done(); return nil }
func (h *heater) Close() error                { h.watts = 0; return nil }
func (h *heater) Name() string                { return "power" }

func (h *heater) Channels() []drivers.Channel { return []drivers.Channel{h} }

func (h *heater) Read(context.Context) (pv.Value, error) { return pv.Float64Value(h.watts), nil }

func (h *heater) Write(_ context.Context, v pv.Value) error {
	h.watts = float64(int(v.Float64()))
	return nil
}

// done is told when a put is complete.
type done chan error

func (d done) PutDone(err error) { d <- err }

func Example() {
	var db record.Database
	driver := new(heater)
	port := device.NewPort(driver, device.Config{Name: "heater", Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	power, err := port.Add(&db, record.Spec{Name: "HEAT:POWER", Type: record.AO}, driver, device.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- port.Run(ctx) }()
	<-port.Tried()

	put := make(done, 1)
	if err := power.Value().Put(pv.Float64Value(41.7), put); err != nil {
		fmt.Println(err)
	}
	err = <-put
	sample, _ := power.Value().Get()
	fmt.Println(sample.Value, sample.Alarm, err)

	cancel()
	fmt.Println(<-ended)
	sample, _ = power.Value().Get()
	fmt.Println(sample.Value, sample.Alarm)
	// Output:
	// 41 NO_ALARM <nil>
	// <nil>
	// 41 INVALID/COMM
}
