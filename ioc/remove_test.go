package ioc_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// A PV is made, removed and made again as another type, all while the IOC runs; a
// client that watches it sees it go and come.
func TestAddAndRemoveWhileRunning(t *testing.T) {
	i := ioc.New("T:")
	r := run(t, i)
	i.Float("X", ioc.Initial(1.5), ioc.ReadOnly())
	if got := r.get("T:X"); got != "1.5 NO_ALARM" {
		t.Errorf("added: %s", got)
	}
	if err := r.client.Channel("T:X").PutNotify(t.Context(), pv.Float64Value(2)); err == nil {
		t.Error("a read-only PV was written")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var seen []string
	for u, err := range r.client.Channel("T:X").Monitor(ctx, client.MonitorOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case u.Kind == client.NewValue:
			seen = append(seen, u.Data.Sample.Value.String())
			if len(seen) == 1 {
				if err := i.Remove("X"); err != nil {
					t.Fatal(err)
				}
			} else {
				cancel()
			}
		case u.Kind == client.NowDisconnected && len(seen) > 0: // it begins so
			seen = append(seen, "gone")
			i.Text("X", ioc.Initial("new"))
		}
	}
	if got := strings.Join(seen, " "); got != "1.5 gone new" {
		t.Errorf("the client has seen %q", got)
	}
	if err := i.Remove("X", "X"); err == nil || !strings.Contains(err.Error(), `"T:X"`) {
		t.Errorf("removed twice: %v", err)
	}
}

// What the program still has of a removed PV is harmless, and its function ends.
func TestRemovedHandle(t *testing.T) {
	i := ioc.New("T:")
	led := i.Enum("LED", []string{"Off", "On"}, ioc.Initial(0))
	began, ended := make(chan struct{}), make(chan error, 1)
	led.OnPut(func(ctx context.Context, _ int) error {
		close(began)
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	})
	r := run(t, i)
	ch := r.client.Channel("T:LED")
	answered := make(chan error, 1)
	go func() { answered <- ch.PutNotify(t.Context(), pv.EnumValue(1)) }() // until it is answered
	<-began
	led.Remove()
	led.Remove()
	if err := <-answered; err == nil {
		t.Error("the put under way has succeeded")
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the function ended with %v", err)
	}
	led.Set(0)
	led.Fault(errors.New("no"))
	if err := led.Update(0, nil); err != nil {
		t.Error(err)
	}
	if got := led.Get(); got != 1 {
		t.Errorf("Get is %d, was 1", got)
	}
	r.stop()
	if n := r.log.count("put failed"); n != 0 {
		t.Errorf("%d lines say that a put failed", n)
	}
}

type pair struct {
	A      ioc.Float `pv:"A" initial:"1"`
	Within struct {
		B ioc.Text `pv:"B" initial:"b"`
	} `pv:"W:"`
	other int
}

// Groups, periodic functions and devices may come later, too; what is wrong with a PV
// is in the log and with the PV.
func TestAddWhileRunning(t *testing.T) {
	i := ioc.New("T:")
	r := run(t, i)
	for range 2 {
		var p pair
		i.Group("G:", &p)
		if got := r.get("T:G:W:B"); got != "b NO_ALARM" {
			t.Errorf("of a group: %s", got)
		}
		i.RemoveGroup(&p)
		if n := i.Database().Len(); n != 0 || p.other != 0 {
			t.Errorf("%d records are left", n)
		}
	}
	ticks := make(chan struct{})
	i.Every(time.Hour, func(context.Context) error { close(ticks); return nil })
	<-ticks
	set := make(chan int32, 1)
	i.Int("N", ioc.Initial(1)).OnPut(func(_ context.Context, x int32) error { set <- x; return nil })
	if err := r.client.Channel("T:N").PutNotify(t.Context(), pv.Int32Value(7)); err != nil {
		t.Error(err)
	}
	if x := <-set; x != 7 {
		t.Errorf("OnPut was called with %d", x)
	}
	twice := i.Int("N")
	if twice.Err() == nil || twice.Record() != nil {
		t.Error("made twice")
	}
	twice.Remove()
	twice.Set(1)
	if n := r.log.count("cannot add"); n != 1 {
		t.Errorf("%d lines say that a PV cannot be added", n)
	}
}

// A client that watches properties sees them change, and the alarm that follows.
func TestChange(t *testing.T) {
	i := ioc.New("T:")
	temp := i.Float("TEMP", ioc.Units("C"), ioc.Initial(50.0))
	mode := i.Enum("MODE", []string{"a", "b"}, ioc.Initial(0))
	r := run(t, i)
	if err := temp.Change(ioc.Units("K"), ioc.High(40, pv.Major), ioc.Precision(2)); err != nil {
		t.Fatal(err)
	}
	d, err := r.client.Channel("T:TEMP").Get(t.Context(), client.Request{Type: client.InClass(dbr.Ctrl)})
	if err != nil {
		t.Fatal(err)
	}
	if d.Info.Units != "K" || d.Info.Warning.High != 40 || d.Info.Precision != 2 || d.Sample.Alarm.Severity != pv.Major {
		t.Errorf("the client sees %+v %v", d.Info, d.Sample.Alarm)
	}
	if err := mode.Change(ioc.States("x", "y", "z")); !errors.As(err, new(*record.SpecError)) {
		t.Errorf("three states of a bo: %v", err)
	}
	if err := mode.Change(ioc.States("x", "y")); err != nil {
		t.Error(err)
	}
	mode.Remove()
	if err := mode.Change(); !errors.Is(err, record.ErrRemoved) {
		t.Errorf("removed: %v", err)
	}
}

// A PV embedded in a group lends it the name Remove: the others of the group go, too.
func TestRemoveGroupWithEmbeddedPV(t *testing.T) {
	i := ioc.New("T:")
	var g struct {
		Axis struct {
			ioc.Float `pv:"POS"`
			Speed     ioc.Float `pv:"SPEED"`
		} `pv:"AXIS:"`
	}
	i.Group("", &g)
	if n := i.Database().Len(); n != 2 {
		t.Fatalf("%d records", n)
	}
	i.RemoveGroup(&g)
	if n := i.Database().Len(); n != 0 {
		t.Errorf("%d records are left", n)
	}
}
