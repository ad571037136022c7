package reccaster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"github.com/ioclet/ioclet/internal/sharedport"
	"github.com/ioclet/ioclet/ioc/record"
)

// AnnouncePort is the UDP port on which servers announce themselves.
const AnnouncePort = 5049

// Info is a fact about the IOC, such as ENGINEER or LOCATION: sites decide which of
// them become properties of its channels. A key has at most 255 bytes, a value 65535;
// what is longer is cut. A fact without value is not told; of several of one key the last
// holds.
type Info struct{ Key, Value string }

// Caster tells RecSync servers of a database. Set its fields, then call Run.
type Caster struct {
	Database *record.Database // nil: Run returns at once
	Infos    []Info           // about the IOC
	Log      *slog.Logger     // nil: slog.Default()

	// Port is where announcements come to; 0: 5049. Others of the machine may listen
	// there, too.
	Port uint16
	// HoldOff is the longest random wait before connecting, so that the IOCs of a site
	// do not come all at once when its server does; 0: 10 s.
	HoldOff time.Duration
	// Timeout is how long connecting, the server's greeting and a write may take; a
	// ping may take four times as long. 0: 20 s.
	Timeout time.Duration

	// Listen and Dial are the network, if not nil: for tests.
	Listen func(ctx context.Context) (net.PacketConn, error)
	Dial   func(ctx context.Context, server netip.AddrPort) (net.Conn, error)
}

func (c *Caster) log() *slog.Logger {
	if c.Log != nil {
		return c.Log
	}
	return slog.Default()
}

func or[T uint16 | time.Duration](x, otherwise T) T {
	if x > 0 {
		return x
	}
	return otherwise
}

func (c *Caster) timeout() time.Duration { return or(c.Timeout, 20*time.Second) }

// Run announces the database until ctx ends, then returns nil. What goes wrong is
// logged when that begins and when it is good again, and tried again.
func (c *Caster) Run(ctx context.Context) error {
	if c.Database == nil {
		return nil
	}
	failing := false
	for ctx.Err() == nil {
		server, err := c.await(ctx)
		if err == nil && c.pause(ctx) {
			err = c.serve(ctx, server, func() {
				c.log().Info("records announced", "recceiver", server.server)
				failing = false
			})
		}
		if err != nil && ctx.Err() == nil {
			if !failing {
				c.log().Warn("cannot announce records", "recceiver", server.server, "err", err)
			}
			failing = true
			c.pause(ctx)
		}
	}
	return nil
}

// pause waits for a random time; false means that ctx has ended.
func (c *Caster) pause(ctx context.Context) bool {
	timer := time.NewTimer(rand.N(or(c.HoldOff, 10*time.Second)) + 1)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// await waits for a server's announcement: the first one counts.
func (c *Caster) await(ctx context.Context) (a announcement, err error) {
	listen := c.Listen
	if listen == nil {
		listen = c.listen
	}
	conn, err := listen(ctx)
	if err != nil {
		return a, fmt.Errorf("listen for announcements: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	defer func() {
		stop()
		_ = conn.Close()
	}()
	b := make([]byte, 64)
	for {
		n, from, err := conn.ReadFrom(b)
		if err != nil {
			return a, fmt.Errorf("listen for announcements: %w", err)
		}
		if u, ok := from.(*net.UDPAddr); ok {
			if a, ok := parseAnnouncement(b[:n], u.AddrPort().Addr()); ok {
				return a, nil
			}
		}
	}
}

func (c *Caster) listen(ctx context.Context) (net.PacketConn, error) {
	cfg := net.ListenConfig{Control: sharedport.Control}
	return cfg.ListenPacket(ctx, "udp4", fmt.Sprintf(":%d", or(c.Port, AnnouncePort)))
}

func dial(ctx context.Context, server netip.AddrPort) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp4", server.String())
}

var errTooManyChanges = errors.New("too many changes wait for the server")
