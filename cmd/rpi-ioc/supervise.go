package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/ioc/record"
)

// supervised tells a service manager, systemd, how the IOC is doing: that it serves,
// that it stops, a line for people, and that it is alive, so that it is started anew when
// it is not.
type supervised struct {
	notify   func(state string) error
	patience time.Duration // of the manager's watchdog; 0: it has none
	log      *slog.Logger

	status  func() string // takes the locks of the server and the ports: a proof of life, too
	stalled func(limit time.Duration) (record.Scan, time.Duration, bool)
}

// underSystemd is what tells the service manager that has started this process, nil if
// none wants to be told.
func underSystemd(lookup func(string) (string, bool), log *slog.Logger) *supervised {
	if socket, _ := lookup("NOTIFY_SOCKET"); socket == "" {
		return nil
	}
	patience, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("systemd's watchdog", "err", err)
	}
	return &supervised{log: log, patience: patience, notify: func(state string) error {
		_, err := daemon.SdNotify(false, state)
		return err
	}}
}

// statusEvery is how often the line for people is brought up to date.
const statusEvery = 10 * time.Second

// run tells the manager until ctx ends. The watchdog is fed twice as often as it wants,
// but only while all scans advance and nobody holds the locks that everybody needs.
func (s *supervised) run(ctx context.Context) {
	last := s.status()
	s.tell("READY=1\nSTATUS=" + last)
	every := statusEvery
	if s.patience > 0 {
		every = min(every, s.patience/2)
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	hanging := false
	for {
		select {
		case <-ctx.Done():
			s.tell("STOPPING=1")
			return
		case <-ticker.C:
		}
		now := s.status()
		scan, late, stuck := s.stalled(max(s.patience/2, time.Second))
		if stuck {
			now = fmt.Sprintf("scan %v has not advanced for %v", scan, late.Round(time.Second))
		}
		if stuck && !hanging {
			s.log.Error("a scan does not advance: the watchdog is not fed", "scan", scan.String(), "late", late)
		}
		hanging = stuck
		if now != last {
			last = now
			s.tell("STATUS=" + now)
		}
		if !stuck && s.patience > 0 {
			s.tell("WATCHDOG=1")
		}
	}
}

func (s *supervised) tell(state string) {
	if err := s.notify(state); err != nil {
		s.log.Debug("systemd is not to be told", "err", err)
	}
}

// summary is how the IOC is doing, in one line.
func summary(pvs int, ports []*device.Port, server *caserver.Server) string {
	up := 0
	for _, p := range ports {
		if p.Status().Connected {
			up++
		}
	}
	text := fmt.Sprintf("%d PVs, %d clients", pvs, server.Stats().Connected)
	if len(ports) > 0 {
		text += fmt.Sprintf(", %d of %d ports connected", up, len(ports))
	}
	return text
}
