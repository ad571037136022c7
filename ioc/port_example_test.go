package ioc_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// dimmer is a driver with one channel: a lamp that is dimmed in whole percent.
type dimmer struct{ percent int64 }

func (*dimmer) Open(context.Context) error    { return nil }                  // claims the hardware
func (*dimmer) Run(ctx context.Context) error { <-ctx.Done(); return nil }    // nothing comes unasked
func (l *dimmer) Close() error                { l.percent = 0; return nil }   // brings it to its safe state
func (l *dimmer) Channels() []drivers.Channel { return []drivers.Channel{l} } // it is its own channel
func (*dimmer) Name() string                  { return "lamp" }               // of the channel, for logs
func (l *dimmer) Read(context.Context) (pv.Value, error) {
	return pv.IntValue(pv.Int32, l.percent), nil
}

func (l *dimmer) Write(_ context.Context, v pv.Value) error {
	if v.Int64() > 100 {
		return &drivers.Fault{Status: pv.StatusHwLimit, Err: errors.New("more than all")}
	}
	l.percent = v.Int64()
	return nil
}

// Hardware with a driver of its own: it has a worker, which opens it again when it is lost, and
// PVs beside those of the program. Their names are whole ones, with the prefix.
func ExampleIOC_AddPort() {
	stage := ioc.New("STAGE:")
	stage.Log = slog.New(slog.DiscardHandler)
	driver := new(dimmer)
	port := device.NewPort(driver, device.Config{Name: "lamp"})
	spec := record.Spec{Name: "STAGE:LAMP", Type: record.Longout, Info: pv.Info{Units: "%"}}
	if _, err := port.Add(stage.Database(), spec, driver, device.Options{Initial: pv.Int32Value(10)}); err != nil {
		fmt.Println(err)
		return
	}
	stage.AddPort(port)

	stage.Server = caserver.Config{AnyPort: true, Interfaces: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, NoAutoBeacons: true}
	started := make(chan uint16, 1)
	stage.Started = func(s *caserver.Server) { started <- s.Port() }
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- stage.Run(ctx) }() // until ctx ends
	<-port.Tried()

	ca := client.Context{Config: client.Config{OnlyAddresses: true, NameServers: []string{fmt.Sprintf("127.0.0.1:%d", <-started)}}}
	ch := ca.Channel("STAGE:LAMP")
	for _, percent := range []int32{70, 101} {
		err := ch.PutNotify(ctx, pv.Int32Value(percent))
		d, _ := ch.Get(ctx, client.Request{})
		fmt.Println(d.Sample.Value, d.Sample.Alarm, err)
	}

	_ = ca.Close()
	stop()
	fmt.Println("ended:", <-ended, "lamp:", driver.percent)
	// Output:
	// 70 NO_ALARM <nil>
	// 101 INVALID/HWLIMIT pv "STAGE:LAMP": put: ECA_PUTFAIL: write failed
	// ended: <nil> lamp: 0
}
