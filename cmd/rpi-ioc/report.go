package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/ioc/caserver"
)

// report prints what the server does and who its clients are, then how the ports are
// doing: text for people, or JSON in one line. server is nil while it does not serve yet.
func report(ctx context.Context, w io.Writer, server *caserver.Server, ports []*device.Port, asJSON bool) {
	if server == nil {
		fmt.Fprintln(w, "Channel Access server: not serving yet")
		return
	}
	all := struct {
		caserver.Report
		Ports []portReport `json:"ports"`
	}{server.Report(ctx, caserver.ReportChannels), []portReport{}}
	for _, p := range ports {
		all.Ports = append(all.Ports, reportOf(p))
	}
	if asJSON {
		_ = json.NewEncoder(w).Encode(all) // nobody is there to be told that standard error is closed
		return
	}
	_ = all.WriteText(w)
	for i := range all.Ports {
		all.Ports[i].print(w, all.Time)
	}
}

// transfersShown is how many of the last transfers a report has.
const transfersShown = 10

// portReport is how a port is doing.
type portReport struct {
	Name      string        `json:"name"`
	Connected bool          `json:"connected"`
	Since     time.Time     `json:"since"`
	Error     string        `json:"error,omitempty"` // why it is not connected
	Opened    uint64        `json:"opened"`          // how often
	Requests  uint64        `json:"requests"`
	Faults    uint64        `json:"faults"`
	Latency   time.Duration `json:"latency_ns"` // of the last operation
	Worst     time.Duration `json:"worst_ns"`   // since it was opened
	Transfers []string      `json:"transfers,omitempty"`
}

func reportOf(p *device.Port) portReport {
	s := p.Status()
	r := portReport{
		Name: s.Name, Connected: s.Connected, Since: s.Since, Opened: s.Opened,
		Requests: s.Requests, Faults: s.Faults, Latency: s.Latency, Worst: s.Worst,
	}
	if s.Err != nil {
		r.Error = s.Err.Error()
	}
	if t := p.Trace(); t != nil {
		last := t.Last()
		for _, x := range last[max(0, len(last)-transfersShown):] {
			r.Transfers = append(r.Transfers, x.String())
		}
	}
	return r
}

func (r *portReport) print(w io.Writer, now time.Time) {
	state := "connected"
	if !r.Connected {
		state = "not connected"
	}
	fmt.Fprintf(w, "Port %s: %s for %v, opened %dx; %d requests, %d faults; last took %v, worst %v\n",
		r.Name, state, now.Sub(r.Since).Round(100*time.Millisecond), r.Opened, r.Requests, r.Faults,
		r.Latency.Round(time.Microsecond), r.Worst.Round(time.Microsecond))
	if r.Error != "" {
		fmt.Fprintf(w, "  %s\n", r.Error)
	}
	for _, x := range r.Transfers {
		fmt.Fprintf(w, "  %s\n", x)
	}
}
