package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ioclet/ioclet/config"
	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/pv"
)

// firstGood tells when a record has a good value.
type firstGood chan struct{}

func (f firstGood) Post(s *pv.Sample, _ pv.Mask) {
	if s.Alarm.Severity == pv.NoAlarm {
		select {
		case f <- struct{}{}:
		default:
		}
	}
}

func TestReportOfPorts(t *testing.T) {
	m, err := config.Load("../../examples/bench/bench.yaml")
	if err != nil {
		t.Fatal(err)
	}
	i, err := m.Build(config.Options{Sim: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	i.Server = caserver.Config{Disabled: true}
	servers := make(chan *caserver.Server, 1)
	i.Started = func(s *caserver.Server) { servers <- s }
	good := make(firstGood, 1)
	i.Database().Record("BENCH1:PS:CURR").Value().Subscribe(pv.EventValue|pv.EventAlarm, good)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- i.Run(ctx) }() // until stop
	server := <-servers
	select {
	case <-good:
	case <-time.After(time.Minute):
		t.Fatal("no value")
	}
	for _, p := range i.Ports() {
		<-p.Tried()
	}
	var text, object bytes.Buffer
	report(ctx, &text, server, i.Ports(), false)
	report(ctx, &object, server, i.Ports(), true)
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, want := range []string{"Channel Access server: 11 records", "\nPort PS: connected for ", ` > PS "MEAS:CURR?\n"`, "\nPort LED: connected"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing in\n%s", want, text.String())
		}
	}
	var got struct {
		Records int
		Ports   []struct {
			Name      string
			Connected bool
			Requests  int
			Transfers []string
		}
	}
	if err := json.Unmarshal(object.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if p := got.Ports[0]; got.Records != 11 || len(got.Ports) != 3 || p.Name != "PS" || !p.Connected || p.Requests == 0 || len(p.Transfers) == 0 {
		t.Errorf("as JSON: %+v", got)
	}
}
