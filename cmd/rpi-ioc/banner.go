package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ioclet/ioclet/config"
	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/protocol"
)

// banner tells a person at start what is served, what is connected, and what to
// type next.
type banner struct {
	model   *config.Model
	ports   []*device.Port
	sim     bool
	program string // how this program was called
}

// firstTry is how long the banner waits for drivers that take their time to open.
const firstTry = 2 * time.Second

// print waits until every driver was tried once, then prints; nothing if ctx ends
// first.
func (b *banner) print(ctx context.Context, w io.Writer, s *caserver.Server) {
	late := time.NewTimer(firstTry)
	defer late.Stop()
	for _, p := range b.ports {
		select {
		case <-p.Tried():
		case <-late.C:
			late.Reset(0) // the others are not waited for either
		case <-ctx.Done():
			return
		}
	}
	io.WriteString(w, b.text(s))
}

func (b *banner) text(s *caserver.Server) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s serves %d PVs on %s, TCP port %d", b.model.Name, len(b.model.PVs), where(s), s.Port())
	if b.sim {
		out.WriteString(", all hardware simulated")
	}
	out.WriteString("\n")
	if len(b.ports) > 0 {
		out.WriteString("\n")
		t := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
		for _, p := range b.ports {
			switch st := p.Status(); {
			case st.Connected:
				fmt.Fprintf(t, "  up\t%s\n", st.Name)
			default:
				fmt.Fprintf(t, "  down\t%s\t%v\n", st.Name, st.Err)
			}
		}
		t.Flush()
	}
	out.WriteString("\nTry in another terminal:\n\n")
	ca := "ca"
	if dir := filepath.Dir(b.program); dir != "." {
		ca = filepath.Join(dir, ca)
	}
	if port := s.SearchPort(); port != protocol.ServerPort {
		ca = fmt.Sprintf("EPICS_CA_SERVER_PORT=%d %s", port, ca)
	}
	get, monitor := b.examples()
	fmt.Fprintf(&out, "  %s get %s\n", ca, get)
	fmt.Fprintf(&out, "  %s monitor %s\n", ca, monitor)
	out.WriteString("\nCtrl-C ends.\n")
	return out.String()
}

// where names the interfaces that s listens on.
func where(s *caserver.Server) string {
	if len(s.Config.Interfaces) == 0 {
		return "all interfaces"
	}
	names := make([]string, len(s.Config.Interfaces))
	for i, a := range s.Config.Interfaces {
		names[i] = a.String()
	}
	return strings.Join(names, " ")
}

// examples are names that make a good first get and a lively first monitor.
func (b *banner) examples() (get, monitor string) {
	get, monitor = b.model.PVs[0].Name, b.model.PVs[0].Name
	for _, v := range b.model.PVs {
		if v.Type.Output() {
			get = v.Name
			break
		}
	}
	for _, v := range b.model.PVs {
		if !v.Type.Output() && v.Scan > 0 {
			monitor = v.Name
			break
		}
	}
	return get, monitor
}
