package ioc_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/pv"
)

// A heater with a setpoint, a reading and a switch, and a client that uses them.
func Example() {
	heater := ioc.New("HEAT:")
	target := heater.Float("TARGET", ioc.Units("C"), ioc.Precision(1), ioc.Drive(0, 80), ioc.Initial(20.0))
	temp := heater.Float("TEMP", ioc.Units("C"), ioc.Precision(1), ioc.High(60, pv.Minor), ioc.ReadOnly())
	power := heater.Enum("POWER", []string{"Off", "On"}, ioc.Initial("Off"))
	power.OnPut(func(_ context.Context, state int) error {
		if state == 1 && temp.Get() > 60 {
			return errors.New("too hot")
		}
		return nil // here the relay is switched
	})
	heater.Every(100*time.Millisecond, func(context.Context) error {
		return temp.Update(target.Get()-0.5, nil) // here the sensor is read
	})

	// Only this machine is served, on a port that is free.
	heater.Server = caserver.Config{AnyPort: true, Interfaces: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, NoAutoBeacons: true}
	started := make(chan uint16, 1)
	heater.Started = func(s *caserver.Server) { started <- s.Port() }
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- heater.Run(ctx) }()

	var ca client.Context
	ca.Config.OnlyAddresses = true
	ca.Config.NameServers = []string{fmt.Sprintf("127.0.0.1:%d", <-started)}
	err := ca.Channel("HEAT:POWER").PutNotify(ctx, pv.StringValue("On"))
	fmt.Println("power:", power.Get(), err)
	err = ca.Channel("HEAT:TARGET").PutNotify(ctx, pv.Float64Value(95)) // held to 80
	fmt.Println("target:", target.Get(), err)
	for update, err := range ca.Channel("HEAT:TEMP").Monitor(ctx, client.MonitorOptions{}) {
		if s := update.Data.Sample; update.Kind == client.NewValue && s.Value.Float64() > 60 {
			fmt.Println("temp:", s.Value, s.Alarm, err)
			break
		}
	}

	_ = ca.Close()
	stop()
	fmt.Println("ended:", <-ended)
	// Output:
	// power: 1 <nil>
	// target: 80 <nil>
	// temp: 79.5 MINOR/HIGH <nil>
	// ended: <nil>
}

// Two supplies of one kind.
func ExampleIOC_Group() {
	type supply struct {
		Volt ioc.Float `pv:"VOLT" egu:"V" prec:"3" drive:"0,30" initial:"0"`
		Out  ioc.Enum  `pv:"OUT" states:"Off,On" initial:"Off"`
		Meas struct {
			Curr ioc.Float `pv:"CURR" egu:"A" prec:"2" high:"2.5" hihi:"3" readonly:"true"`
		} `pv:"MEAS:"`
	}
	bench := ioc.New("BENCH:")
	var left, right supply
	bench.Group("PS1:", &left)
	bench.Group("PS2:", &right)
	left.Meas.Curr.Set(2.75)
	for r := range bench.Database().Records() {
		s, info := r.Value().Get()
		fmt.Println(r, string(s.Value.AppendText(nil, info)), s.Alarm)
	}
	// Output:
	// BENCH:PS1:VOLT (ao) 0.000 NO_ALARM
	// BENCH:PS1:OUT (bo) Off NO_ALARM
	// BENCH:PS1:MEAS:CURR (ai) 2.75 MINOR/HIGH
	// BENCH:PS2:VOLT (ao) 0.000 NO_ALARM
	// BENCH:PS2:OUT (bo) Off NO_ALARM
	// BENCH:PS2:MEAS:CURR (ai) 0.00 INVALID/UDF
}

// PVs come and go, and change, while the IOC runs: no restart is needed for any of it.
func ExampleIOC_Remove() {
	bench := ioc.New("BENCH:")
	bench.Server = caserver.Config{AnyPort: true, Interfaces: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, NoAutoBeacons: true}
	bench.Log = slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	started := make(chan struct{})
	bench.Started = func(*caserver.Server) { close(started) }
	ended := make(chan error)
	go func() { ended <- bench.Run(ctx) }() // until ctx ends
	<-started

	probe := bench.Float("PROBE", ioc.Units("C"), ioc.Initial(21.5)) // plugged in
	fmt.Println(probe.Change(ioc.Units("K"), ioc.High(300, pv.Minor)), probe.Record().Value().Info().Units)
	fmt.Println(bench.Remove("PROBE"), bench.Database().Len()) // pulled out
	probe.Set(22)                                              // does nothing
	fmt.Println(bench.Text("PROBE", ioc.Initial("another kind")).Get())

	cancel()
	fmt.Println(<-ended)
	// Output:
	// <nil> K
	// <nil> 0
	// another kind
	// <nil>
}
