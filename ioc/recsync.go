package ioc

import (
	"os"
	"slices"
	"strconv"

	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/ioc/reccaster"
)

// recsync has the records announced to ChannelFinder, with what recceiver asks of every
// IOC: where it runs and where its server listens.
func (l *life) recsync(server *caserver.Server) {
	if l.ioc.RecSync == nil {
		return
	}
	c := *l.ioc.RecSync
	c.Database, c.Log = l.ioc.database, l.ioc.log()
	host, _ := os.Hostname() // a fact without value is not told
	c.Infos = append(slices.Clip(c.Infos),
		reccaster.Info{Key: "HOSTNAME", Value: host},
		reccaster.Info{Key: "RSRV_SERVER_PORT", Value: strconv.Itoa(int(server.Port()))})
	l.works.Go(func() { l.failed.add(c.Run(l.ctx)) }) // until ctx ends
}
