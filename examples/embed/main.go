// Embed serves three PVs of a Go program: a setpoint, a reading that follows it and
// a switch, where the EPICS_CAS_ variables of the environment say, until Ctrl-C.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/pv"
)

func main() {
	oven := ioc.New("OVEN:")
	target := oven.Float("TARGET", ioc.Units("C"), ioc.Precision(1), ioc.Drive(20, 250), ioc.Initial(20.0))
	temp := oven.Float("TEMP", ioc.Units("C"), ioc.Precision(1), ioc.High(200, pv.Minor), ioc.Initial(20.0), ioc.ReadOnly())
	heat := oven.Enum("HEAT", []string{"Off", "On"}, ioc.Initial("Off"))
	heat.OnPut(func(_ context.Context, state int) error {
		log.Printf("the relay is switched to %d", state)
		return nil
	})
	oven.Every(100*time.Millisecond, func(context.Context) error {
		aim := 20 + float64(heat.Get())*(target.Get()-20)
		return temp.Update(temp.Get()+(aim-temp.Get())/10, nil) // a sensor's value and error
	})
	var err error
	if oven.Server, err = caserver.ConfigFromEnv(os.LookupEnv); err != nil {
		log.Print(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := oven.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
