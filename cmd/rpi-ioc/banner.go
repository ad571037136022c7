package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
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
	name    string // of the IOC
	pvs     int
	get     string // a PV that makes a good first get
	monitor string // one that makes a lively first monitor
	ports   []*device.Port
	sim     bool
	program string // how this program was called
}

// newBanner keeps nothing of m, which is as large as the records made of it.
func newBanner(m *config.Model) *banner {
	return &banner{name: m.Name, pvs: len(m.PVs), get: firstOutput(m), monitor: firstScanned(m)}
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
	if s.Config.Disabled {
		return fmt.Sprintf("%s runs, and serves nobody: EPICS_IOC_IGNORE_SERVERS says so\n", b.name)
	}
	fmt.Fprintf(&out, "%s serves %d PVs on %s, TCP port %d", b.name, b.pvs, where(s), s.Port())
	if b.sim {
		out.WriteString(", all hardware simulated")
	}
	out.WriteString("\n")
	b.connections(&out)
	fmt.Fprintf(&out, "\nTry in another terminal:\n\n  %[1]s get %[2]s\n  %[1]s monitor %[3]s\n\nCtrl-C ends.\n", b.command(s), b.get, b.monitor)
	return out.String()
}

// connections lists what is connected and what is not; why not, the log has said.
func (b *banner) connections(out io.Writer) {
	if len(b.ports) == 0 {
		return
	}
	fmt.Fprintln(out)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	down := false
	for _, p := range b.ports {
		st, how := p.Status(), "down"
		select {
		case <-p.Tried():
			if st.Connected {
				how = "up"
			} else {
				down = true
			}
		default:
			how = "opening"
		}
		fmt.Fprintf(t, "  %s\t%s\n", how, st.Name)
	}
	t.Flush()
	if down {
		fmt.Fprintln(out, "\nThe PVs of what is down are INVALID until it is there.")
	}
}

// command is how the client is called so that it finds s.
func (b *banner) command(s *caserver.Server) string {
	dir, _ := filepath.Split(b.program) // "" if the shell has found it
	ca := dir + "ca"
	if port := s.SearchPort(); port != protocol.ServerPort {
		ca = fmt.Sprintf("EPICS_CA_SERVER_PORT=%d %s", port, ca)
	}
	if a := s.Config.Interfaces; len(a) > 0 && a[0].IsLoopback() { // no broadcast gets there
		ca = fmt.Sprintf("EPICS_CA_ADDR_LIST=%v %s", a[0], ca)
	}
	return ca
}

// where names the interfaces that s listens on.
func where(s *caserver.Server) string {
	names := slices.Clone(s.Config.InterfaceNames)
	for _, a := range s.Config.Interfaces {
		if !a.IsMulticast() {
			names = append(names, a.String())
		}
	}
	if len(names) == 0 {
		return "all interfaces"
	}
	return strings.Join(names, " ")
}

// firstOutput is the name of a PV that makes a good first get.
func firstOutput(m *config.Model) string {
	for _, v := range m.PVs {
		if v.Type.Output() {
			return v.Name
		}
	}
	return m.PVs[0].Name
}

// firstScanned is the name of a PV that makes a lively first monitor.
func firstScanned(m *config.Model) string {
	for _, v := range m.PVs {
		if !v.Type.Output() && v.Scan > 0 {
			return v.Name
		}
	}
	return m.PVs[0].Name
}
