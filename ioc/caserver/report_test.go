package caserver

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// What a report says of a quick client and of one that does not read, in text and as
// JSON.
func TestReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, ao("A"), ao("B"))
		b := start(t, db, &Server{Config: Config{Limits: Limits{ChannelsPerCircuit: 2}}})
		quick := b.dialFrom("10.0.0.1", 4711).greet()
		quick.subscribe(quick.create("A", 1), 1, dbr.Double, 1, pv.EventValue)
		quick.create("B.EGU", 2)
		quick.send(protocol.AppendCreateChan(nil, 3, "A", 13)) // one too many
		time.Sleep(time.Second)

		client, server := prototest.PipeSize(64)
		defer client.Close()
		b.listener.conns <- server
		out := protocol.AppendCreateChan(protocol.AppendVersion(nil, 7, 13), 1, "B", 13)
		out = protocol.AppendEventAdd(out, uint16(dbr.Double), 1, 0, 1, pv.EventValue)
		if _, err := client.Write(out); err != nil {
			t.Fatal(err)
		}
		for i := range 10 {
			set(t, value(t, db, "A"), float64(i+1))
			set(t, value(t, db, "B"), float64(i+1))
			synctest.Wait()
		}
		time.Sleep(1500 * time.Millisecond)

		text := func(level int) string {
			t.Helper()
			r := b.server.Report(context.Background(), level)
			var text strings.Builder
			if err := r.WriteText(&text); err != nil {
				t.Fatal(err)
			}
			return text.String()
		}
		full := text(ReportChannels)
		for _, want := range []string{
			"Channel Access server: 2 records, TCP port 5064, 2 clients, 3 channels\n",
			"  connections: 2 accepted, 0 refused; searches: 0, of them 0 found; large buffers: 0 bytes\n",
			"  limit channels_per_circuit: 2, held back 1 times\n",
			"10.0.0.1:4711 (user@host), V4.13, priority 0, connected 2.5s ago\n" +
				"  2 channels, 1 subscription; 11 events, 0 drops; last received 2.5s ago, sent 1.5s ago\n",
			" 0 not taken yet, 0 events waiting\n    A\n    B.EGU\n",
			"V4.13, priority 7, connected 1.5s ago\n",
			"24 not taken yet, 1 events waiting\n",
		} {
			if !strings.Contains(full, want) {
				t.Errorf("%q is missing in\n%s", want, full)
			}
		}
		if s := text(ReportClients); !strings.Contains(s, "10.0.0.1:4711") || strings.Contains(s, "B.EGU") {
			t.Errorf("clients:\n%s", s)
		}
		if s := text(ReportServer); strings.Contains(s, "10.0.0.1:4711") || !strings.Contains(s, "2 clients") {
			t.Errorf("server:\n%s", s)
		}

		data, err := json.Marshal(b.server.Report(context.Background(), ReportChannels))
		if err != nil {
			t.Fatal(err)
		}
		var back struct {
			Port    int
			Clients []struct {
				Peer, User string
				Events     int
				Names      []string
			}
		}
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if c := back.Clients; back.Port != 5064 || len(c) != 2 || c[0].Events != 11 || c[0].User != "user" || strings.Join(c[0].Names, " ") != "A B.EGU" {
			t.Errorf("JSON %+v of %s", back, data)
		}
	})
}

// A report names channels by their records, fields and filters, and shows nothing to a
// terminal that a client has made up for it.
func TestReportOfFilters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := filterServer(t)
		b := start(t, s.Database, s)
		p := b.dial()
		p.send(protocol.AppendClientName(protocol.AppendVersion(nil, 0, 13), "\x1b[2J"))
		for i, name := range []string{"F:AO", "F:AO.{dbnd:{abs:1}}", "F:AO.DESC$[1:2]", "F:AO.VAL{/*\x1b[2J\n\xff*/arr:{}}"} {
			p.create(name, uint32(i))
		}
		var text strings.Builder
		r := b.server.Report(t.Context(), ReportChannels)
		if err := r.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		want := "    F:AO\n    F:AO.DESC$[1:2]\n" + `    "F:AO.VAL{/*\x1b[2J\n\xff*/arr:{}}"` + "\n    F:AO.VAL{dbnd:{abs:1}}\n"
		if got := text.String(); !strings.Contains(got, want) || strings.Contains(got, "\x1b") || !strings.Contains(got, `("\x1b[2J"@`) {
			t.Errorf("%q", got)
		}
	})
}

// A client that is stuck does not keep the report.
func TestReportOfABusyClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, database(t, ao("A")), &Server{})
		client, server := prototest.PipeSize(8) // not even the greeting is taken
		defer client.Close()
		b.listener.conns <- server
		synctest.Wait()
		began := time.Now()
		r := b.server.Report(context.Background(), ReportChannels)
		var text strings.Builder
		if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "busy: its channels are not known") {
			t.Errorf("%v: %s", err, text.String())
		}
		if d := time.Since(began); d != channelPause {
			t.Errorf("took %v", d)
		}
	})
}
