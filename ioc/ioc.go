package ioc

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/ioc/access"
	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/ioc/filter"
	"github.com/ioclet/ioclet/ioc/reccaster"
	"github.com/ioclet/ioclet/ioc/record"
)

// IOC is a set of records with what stands behind them and the server in front of
// them. Make one with [New].
type IOC struct {
	// Server configures the Channel Access server; its zero value listens on
	// Channel Access's own ports on all interfaces. [caserver.ConfigFromEnv] makes
	// one of the EPICS_CAS_ variables. Set it before Run.
	Server caserver.Config
	// Log takes what happens; nil is slog.Default(). Set it before Run.
	Log *slog.Logger
	// Started is called by Run, if it is not nil, when the server's ports are open:
	// it tells which they are. It must not block.
	Started func(*caserver.Server)

	// ReadOnly keeps clients from writing anything. Set it before Run.
	ReadOnly bool
	// Policy decides what clients may do, in place of the rules of UseAccess. Set it
	// before Run.
	Policy caserver.Policy
	// HostsByAddress matches the hosts of access rules by the address that a client calls
	// from, not by the name it says it has. Set it before UseAccess.
	HostsByAddress bool
	// PutLog is told of the writes of clients. Set it before Run, which runs it.
	PutLog *access.PutLog

	// RecSync announces the PVs to a site's ChannelFinder; nil: they are not announced.
	// Run sets its Database and Log and adds facts about the machine. Set it before Run.
	RecSync *reccaster.Caster

	// ClockGood says whether the machine's clock is right; nil: it is taken as it is. If it
	// is not when Run begins, values have no time (see [record.Database.HoldTime]) until
	// ClockGood, asked each second, says that it is, or ClockWait, if above 0, is over.
	// Alarms, scans and all else go on meanwhile. Set both before Run.
	ClockGood func() bool
	ClockWait time.Duration

	control    access.Control
	controlled sync.Once // control's fields are set

	// immutable
	prefix   string
	database *record.Database

	states filter.States

	mu       sync.Mutex // guards what follows; no record is locked under it
	ports    []*device.Port
	tasks    []*task
	handlers map[*handler]struct{}
	problems []error // of making PVs before Run, which reports them
	life     *life   // nil: Run has not begun, or ends

	absent absences

	listeners []net.Listener // of tests; nil: those of Server

	ran    atomic.Bool
	server atomic.Pointer[caserver.Server] // nil before Run
}

// task is a function that Every has been given.
type task struct {
	period time.Duration
	do     func(context.Context) error
	busy   atomic.Bool // it is being called
}

// New is an IOC whose PV names begin with prefix.
func New(prefix string) *IOC {
	return &IOC{prefix: prefix, database: new(record.Database), handlers: make(map[*handler]struct{})}
}

// Database has the IOC's records, for front ends and tests.
func (i *IOC) Database() *record.Database { return i.database }

// AddPort runs p with the IOC, at once if that runs already. Its records are made with
// [device.Port.Add] before.
func (i *IOC) AddPort(p *device.Port) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ports = append(i.ports, p)
	if l := i.life; l != nil {
		l.port(p)
	}
}

// Ports are the ports that AddPort was given.
func (i *IOC) Ports() []*device.Port {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.ports)
}

// Clients are how many clients are connected and how many channels they have.
func (i *IOC) Clients() (clients, channels int) {
	s := i.server.Load()
	if s == nil {
		return 0, 0
	}
	stats := s.Stats()
	return stats.Connected, stats.AllChannels
}

// Every calls do when the IOC starts, at once if it runs already, and then each period,
// in a goroutine of its own; a call that takes longer than the period makes the calls
// missed fall out. An error, or a panic, is logged when it appears and when it is gone;
// the calls go on. do must return soon after ctx ends, which it does when the IOC stops.
func (i *IOC) Every(period time.Duration, do func(ctx context.Context) error) {
	if period <= 0 {
		i.problem(fmt.Errorf("every: period %v is not above 0", period))
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	t := &task{period: period, do: do}
	i.tasks = append(i.tasks, t)
	if l := i.life; l != nil {
		l.task(t)
	}
}

// enter takes in the device support of a PV about to be made.
func (i *IOC) enter(h *handler) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.handlers[h] = struct{}{}
	if l := i.life; l != nil {
		h.begin(l.ctx, l.works)
	}
}

// forget is the end of enter.
func (i *IOC) forget(h *handler) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.handlers, h)
}

// problem keeps an error for Run to report; once that has begun it is logged.
func (i *IOC) problem(err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ran.Load() {
		i.log().Error("cannot add", "err", err)
		return
	}
	i.problems = append(i.problems, err)
}

func (i *IOC) log() *slog.Logger {
	if i.Log != nil {
		return i.Log
	}
	return slog.Default()
}
