package ioc

import (
	"os"
	"runtime/debug"
	"slices"
	"strconv"

	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/ioc/reccaster"
)

// recsync has the records announced to ChannelFinder, with what recceiver asks of every
// IOC: where it runs, what it is, and where its server listens. The first two give way to
// what the program says.
func (l *life) recsync(server *caserver.Server) {
	if l.ioc.RecSync == nil {
		return
	}
	c := *l.ioc.RecSync
	c.Database, c.Log = l.ioc.database, l.ioc.log()
	host, _ := os.Hostname() // a fact without value is not told
	c.Infos = slices.Concat(
		[]reccaster.Info{{Key: "EPICS_VERSION", Value: version()}, {Key: "HOSTNAME", Value: host}},
		c.Infos,
		[]reccaster.Info{{Key: "RSRV_SERVER_PORT", Value: strconv.Itoa(int(server.Port()))}})
	l.works.Go(func() { l.failed.add(c.Run(l.ctx)) }) // until ctx ends
}

// version is this module's, as it was built into the program.
func version() string {
	const module = "github.com/ioclet/ioclet"
	if b, ok := debug.ReadBuildInfo(); ok {
		for _, m := range append(b.Deps, &b.Main) {
			if m.Path == module {
				return "ioclet " + m.Version
			}
		}
	}
	return "ioclet"
}
